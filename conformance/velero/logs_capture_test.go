package conformance

import (
	"fmt"
	"io"
	"maps"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/sirupsen/logrus"
)

// A logCapture collects the records that the host's logger receives from the plugin's process.
type logCapture struct {
	file    binary
	mu      sync.Mutex
	records []logRecord
}

// A logRecord is an entry in the host's log.
type logRecord struct {
	Level   string         `json:"level"`
	Message string         `json:"message"`
	Fields  map[string]any `json:"fields"`
}

func newLogger(file binary) (*logrus.Logger, *logCapture) {
	capture := &logCapture{file: file}
	logger := logrus.New()
	logger.SetOutput(io.Discard)
	logger.SetLevel(logrus.DebugLevel)
	logger.AddHook(capture)
	return logger, capture
}

func (c *logCapture) Levels() []logrus.Level { return logrus.AllLevels }

// Fire keeps records from the plugin's stderr: go-plugin names their logger after the file.
func (c *logCapture) Fire(entry *logrus.Entry) error {
	if entry.Data["pluginName"] != string(c.file) {
		return nil
	}
	fields := maps.Clone(map[string]any(entry.Data))
	delete(fields, "pluginName")
	delete(fields, "cmd")
	c.mu.Lock()
	defer c.mu.Unlock()
	c.records = append(c.records, logRecord{Level: entry.Level.String(), Message: entry.Message, Fields: fields})
	return nil
}

func (c *logCapture) all() []logRecord {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.records)
}

// fromCode omits records that the plugin's code did not log, such as go-plugin's own debug lines.
func (c *logCapture) fromCode() []logRecord {
	return slices.DeleteFunc(c.all(), func(record logRecord) bool {
		// Velero's framework logs this through the plugin's logger.
		ofFramework := strings.HasPrefix(record.Message, "Setting log level to ")
		return record.Fields["@logSourceSetBy"] != "plugin" || ofFramework
	})
}

// waitFor returns the records of the code up to the one with this message.
func (c *logCapture) waitFor(t *testing.T, message string) []logRecord {
	t.Helper()
	var records []logRecord
	eventually(t, "the log record "+message, func() bool {
		records = c.fromCode()
		at := slices.IndexFunc(records, func(record logRecord) bool { return record.Message == message })
		if at < 0 {
			return false
		}
		records = records[:at+1]
		return true
	})
	return records
}

func (c *logCapture) clear() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.records = nil
}

var place = regexp.MustCompile(`^\S+:[1-9][0-9]*$`)

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

func comparableRecords(records []logRecord) []logRecord {
	result := make([]logRecord, 0, len(records))
	for _, record := range records {
		result = append(result, record.comparable())
	}
	return result
}
