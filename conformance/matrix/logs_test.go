package matrix

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
)

var logScenarios = []scenario{
	{name: "log records", play: func(s *session) {
		s.discover()
		s.plugin("BackupItemAction", "backup-item-action").must("Execute", pod("log:the last record"), s.host.backup())
		s.noteRecords("Log/records", "the last record")
	}},
	{name: "logs of stores", play: func(s *session) {
		s.discover()
		s.plugin("ObjectStore", "object-store").must("Init", object{"bucket": "b", "do": "log:of an object store"})
		s.noteRecords("Log/of an ObjectStore", "of an object store")
		s.plugin("VolumeSnapshotter", "volume-snapshotter").must("Init", object{"do": "log:of a volume snapshotter"})
		s.noteRecords("Log/of a VolumeSnapshotter", "of a volume snapshotter")
	}},
}

// A logRecord is an entry in the host's log.
type logRecord struct {
	Level   string         `json:"level"`
	Message string         `json:"message"`
	Fields  map[string]any `json:"fields"`
}

// records returns the records of the plugin's code, up to the one with this message.
func (s *session) records(last string) []logRecord {
	s.t.Helper()
	var records []logRecord
	at := -1
	s.eventually("the log record "+last, func() bool {
		encoded, err := json.Marshal(s.ask(request{Call: "logs"}).Value)
		s.must(err)
		var more []logRecord
		s.must(json.Unmarshal(encoded, &more))
		records = append(records, more...)
		at = slices.IndexFunc(records, func(record logRecord) bool { return record.Message == last })
		return at >= 0
	})
	return slices.DeleteFunc(records[:at+1], func(record logRecord) bool {
		return record.Fields["@logSourceSetBy"] != "plugin" || s.ofFramework(record)
	})
}

// ofFramework reports whether the framework wrote the record through the plugin's logger. Our records of plugins have a field `plugin`.
func (s *session) ofFramework(record logRecord) bool {
	if s.side.name == "ours" && !selfCheck() {
		return record.Fields["plugin"] == nil
	}
	return strings.HasPrefix(record.Message, "Setting log level to ") || record.Message == "Parsing flags"
}

// noteRecords records each log record separately, by the start of the message.
func (s *session) noteRecords(name, last string) {
	s.t.Helper()
	for _, record := range s.records(last) {
		title, _, _ := strings.Cut(record.Message, "\n")
		s.note(name+"/"+title, record.comparable())
	}
}

var place = regexp.MustCompile(`^\S+:[1-9][0-9]*$`)

// contextFields identify the call of each of our log records.
var contextFields = []string{"plugin", "pluginKind", "resource", "namespace", "name", "backup", "restore"}

// comparable replaces source locations, which must exist but differ.
func (r logRecord) comparable() logRecord {
	fields := maps.Clone(r.Fields)
	for _, name := range []string{"logSource", "error.file"} {
		if value, found := fields[name]; found && place.MatchString(fmt.Sprint(value)) {
			fields[name] = "file:line"
		}
	}
	if value, found := fields["error.function"]; found && value != "" {
		fields["error.function"] = "function"
	}
	for _, name := range contextFields {
		delete(fields, name)
	}
	return logRecord{Level: r.Level, Message: r.Message, Fields: fields}
}
