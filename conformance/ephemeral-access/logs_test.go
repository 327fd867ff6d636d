package conformance

import (
	"encoding/json"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// A logRecord is one entry of the host's log.
type logRecord struct {
	Level   string         `json:"level"`
	Message string         `json:"message"`
	Fields  map[string]any `json:"fields"`
}

// fromCode gives what the plugin's code has logged up to the record with that text, as the host's logger got it.
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

// stamp is how hclog begins a line of its text format.
var stamp = regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}(Z|[+-]\d{4}) `)

// codeSays begins each message of the probe's own; in the text format more stands before it, and the fields behind it.
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

// contextFields are on each of our log records, so that it says which call it is from, and from which line. They are left out of
// comparisons and have a test of their own.
var contextFields = []string{"@caller", "request", "application", "username", "error.file", "error.function"}

func (r logRecord) comparable() logRecord {
	for _, name := range contextFields {
		delete(r.Fields, name)
	}
	return r
}

// Records of the plugin's code come into the host's log, at the levels and in the form that the controller's environment asks for.
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
					// Where no record of a level comes, an error ends the wait.
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

// noteRecords notes what came of the probe's records.
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

// A record that is longer than what go-plugin reads at once.
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

// Field names that mean something to hosts.
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

// Ours say on each record which call it is from, and from which line; a Go plugin's author has to write that by hand.
func TestLogRecordsSayWhatTheyAreAbout(t *testing.T) {
	if selfCheck {
		t.Skip("the twin does not")
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
			t.Errorf("%s is %v, and not %s", name, last[name], expected)
		}
	}
}
