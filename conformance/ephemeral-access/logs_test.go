package conformance

import (
	"encoding/json"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// A logRecord is an entry in the host's log.
type logRecord struct {
	Level   string         `json:"level"`
	Message string         `json:"message"`
	Fields  map[string]any `json:"fields"`
}

// fromCode returns the records of the plugin's code up to the one with this text, as received by the host's logger.
func (h *host) fromCode(last string) []logRecord {
	h.t.Helper()
	var records []logRecord
	eventually(h.t, "the log record "+last, func() bool {
		records = records[:0]
		for line := range strings.Lines(h.log.String()) {
			record, ofCode := parseRecord(line)
			if ofCode {
				records = append(records, record)
			}
			if strings.Contains(record.Message, last) {
				return true
			}
		}
		return false
	})
	return records
}

// stamp matches the start of a line in hclog's text format.
var stamp = regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}(Z|[+-]\d{4}) `)

// codeSays matches the start of the probe's messages, in the text format with a prefix.
var codeSays = regexp.MustCompile(`^(TIME )?(\[\w+\] +plugin: )?(an? (trace|debug|info|warn|error) record|quotes|a record with|hostile|the last record)`)

func parseRecord(line string) (logRecord, bool) {
	var fields map[string]any
	if json.Unmarshal([]byte(line), &fields) != nil {
		return logRecord{}, false
	}
	text := func(name string) string {
		value, _ := fields[name].(string)
		return value
	}
	record := logRecord{Level: text("@level"), Message: stamp.ReplaceAllString(text("@message"), "TIME ")}
	if stampOf := text("timestamp"); stampOf != "" {
		fields["timestamp"] = "TIME"
	}
	for _, name := range []string{"@level", "@message", "@timestamp", "@module"} {
		delete(fields, name)
	}
	record.Fields = maps.Clone(fields)
	return record, codeSays.MatchString(record.Message)
}

// contextFields identify the call and source location of each of our log records. They have their own test, and are omitted from
// comparisons.
var contextFields = []string{"@caller", "request", "application", "username", "error.file", "error.function"}

func (r logRecord) comparable() logRecord {
	for _, name := range contextFields {
		delete(r.Fields, name)
	}
	return r
}

// Records of the plugin's code reach the host's log, with the levels and format that the controller's environment selects.
func TestLogRecords(t *testing.T) {
	levels := []string{"", "trace", "debug", "info", "warn", "error", "INFO", "Debug", "warning", "fatal", "panic", "off", "nonsense", " info"}
	formats := []string{"", "json", "text", "JSON", "nonsense"}
	for _, format := range formats {
		for _, level := range levels {
			if format != "" && format != "json" && level != "" && level != "debug" && level != "nonsense" {
				continue
			}
			t.Run("format "+format+", level "+level, func(t *testing.T) {
				compare(t, func(h *host) {
					if _, err := h.requester.GrantAccess(request("log:the last record"), application()); err != nil {
						t.Fatal(err)
					}
					// If the level omits all records, an error marks the end.
					h.do("end", func() error {
						_, err := h.requester.GrantAccess(request("print:the end"), application())
						return err
					})
					eventually(t, "the end", func() bool {
						return strings.Contains(h.stderr.String()+h.syncedStderr.String(), "the end")
					})
					h.noteRecords()
				}, withEnv("EPHEMERAL_LOG_LEVEL="+level, "EPHEMERAL_LOG_FORMAT="+format))
			})
		}
	}
}

// noteRecords records the received log records.
func (h *host) noteRecords() {
	h.client.Kill()
	records := []logRecord{}
	for line := range strings.Lines(h.log.String()) {
		if record, ofCode := parseRecord(line); ofCode {
			records = append(records, record.comparable())
		}
	}
	h.note("records", records)
}

// A record that exceeds go-plugin's buffer.
func TestLongLogRecord(t *testing.T) {
	compare(t, func(h *host) {
		do := "log-long:1000,log-long:200000,log:the last record"
		if _, err := h.requester.GrantAccess(request(do), application()); err != nil {
			t.Fatal(err)
		}
		h.fromCode("the last record")
		lines := slices.Collect(strings.Lines(h.log.String()))
		has := func(length int) bool {
			return slices.ContainsFunc(lines, func(line string) bool {
				record, _ := parseRecord(line)
				return record.Level == "info" && strings.HasPrefix(record.Message, strings.Repeat("x", length))
			})
		}
		h.note("1000, at level info", has(1000))
		h.note("200000, its beginning at level info", has(1001))
	}, withEnv("EPHEMERAL_LOG_FORMAT=json"))
}

// Tests field names that hosts reserve.
func TestHostileLogRecords(t *testing.T) {
	compare(t, func(h *host) {
		if _, err := h.requester.GrantAccess(request("log-hostile,log:the last record"), application()); err != nil {
			t.Fatal(err)
		}
		records := h.fromCode("the last record")
		at := slices.IndexFunc(records, func(record logRecord) bool { return record.Message == "hostile fields" })
		if at < 0 {
			t.Fatalf("%s: no record in %+v", h.side.name, records)
		}
		h.note("record", records[at].comparable())
	}, withEnv("EPHEMERAL_LOG_FORMAT=json"))
}

// Each of our records identifies its call and source location. Authors of Go plugins must add this by hand.
func TestLogRecordsSayWhatTheyAreAbout(t *testing.T) {
	if selfCheck {
		t.Skip("the twin lacks these fields")
	}
	t.Parallel()
	h := startHost(t, probes[1])
	if _, err := h.requester.GrantAccess(request("log:the last record"), application()); err != nil {
		t.Fatal(err)
	}
	records := h.fromCode("the last record")
	last := records[len(records)-1].Fields
	for name, expected := range map[string]string{
		"request": "argocd/cart-ada", "application": "argocd/cart", "username": "ada@example.com",
		"@caller": "conformance/probe/src/log.rs:",
	} {
		if value, _ := last[name].(string); !strings.HasPrefix(value, expected) {
			t.Errorf("%s: got %v, want %s", name, last[name], expected)
		}
	}
}
