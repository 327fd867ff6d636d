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

// A logRecord is one entry of the host's log.
type logRecord struct {
	Level   string         `json:"level"`
	Message string         `json:"message"`
	Fields  map[string]any `json:"fields"`
}

// records are what the plugin's code has logged, up to the record with that message.
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

// ofFramework is what the frameworks say through the plugin's logger. Ours says on all that is of a plugin which one it is.
func (s *session) ofFramework(record logRecord) bool {
	if s.side.name == "ours" && !selfCheck() {
		return record.Fields["plugin"] == nil
	}
	return strings.HasPrefix(record.Message, "Setting log level to ") || record.Message == "Parsing flags"
}

// noteRecords records each level, message and set of fields on its own, by the start of the message.
func (s *session) noteRecords(name, last string) {
	s.t.Helper()
	for _, record := range s.records(last) {
		title, _, _ := strings.Cut(record.Message, "\n")
		s.note(name+"/"+title, record.comparable())
	}
}

var place = regexp.MustCompile(`^\S+:[1-9][0-9]*$`)

// contextFields are on each of our records, so that it says which call it is from.
var contextFields = []string{"plugin", "pluginKind", "resource", "namespace", "name", "backup", "restore"}

// comparable replaces what must be there and can't be the same: places in the source.
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
