package conformance

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/sirupsen/logrus"
)

// Records of the plugin's code reach the server's log with level, message, fields and source location.
func TestLogRecords(t *testing.T) {
	compare(t, probe, func(h *host) {
		_, _, err := h.backupAction("backup-item-action").Execute(pod("log:the last record"), backupObject(nil))
		if err != nil {
			t.Fatal(err)
		}
		records := h.logs.waitFor(t, "the last record")
		for _, record := range comparableRecords(records) {
			h.note(record.Level+" "+record.Message, record)
		}
		if h.side.name == "ours" {
			noteNoise(t, h)
		}
	})
}

// noteNoise checks that the framework's own records are below a server's usual log level.
func noteNoise(t *testing.T, h *host) {
	t.Helper()
	for _, record := range h.logs.all() {
		if record.Fields["@logSourceSetBy"] != "plugin" && record.Level != logrus.DebugLevel.String() {
			t.Errorf("the framework logs at level %s: %s", record.Level, record.Message)
		}
	}
}

// Every kind of plugin can log.
func TestEveryKindLogs(t *testing.T) {
	compare(t, probe, func(h *host) {
		eachAnswer(h, "log:the last record")
		h.logs.waitFor(t, "the last record")
		var count int
		eventually(t, "eight last records", func() bool {
			count = 0
			for _, record := range h.logs.fromCode() {
				if record.Message == "the last record" {
					count++
				}
			}
			return count == 8
		})
		h.note("last records", count)
	})
}

// A record that exceeds go-plugin's buffer.
func TestLongLogRecord(t *testing.T) {
	compare(t, probe, func(h *host) {
		_, _, err := h.backupAction("backup-item-action").Execute(pod("log-long:1000,log-long:200000,log:the last record"), backupObject(nil))
		if err != nil {
			t.Fatal(err)
		}
		records := h.logs.waitFor(t, "the last record")
		h.note("1000", slices.ContainsFunc(records, func(record logRecord) bool { return record.Message == strings.Repeat("x", 1000) }))
		long := slices.ContainsFunc(records, func(record logRecord) bool {
			return record.Level == "info" && len(record.Message) > 1000 && strings.HasPrefix(record.Message, "xxxx")
		})
		h.note("200000, at level info", long)
	})
}

// Tests field names that hosts reserve, with values that crash a host: go-plugin 1.7 panics if "@message" is not text. The
// host is a child process, so that the test survives.
func TestHostileLogRecords(t *testing.T) {
	for _, do := range []string{"log-hostile", "print:hostile"} {
		t.Run(do, func(t *testing.T) {
			if os.Getenv("CONFORMANCE_HOSTILE") != "" {
				hostileScenario(t, do)
				return
			}
			child := exec.Command(testBinary, "-test.run", "^"+t.Name()+"$", "-test.v")
			child.Env = append(os.Environ(), "CONFORMANCE_HOSTILE=1", preparedEnv+"="+filepath.Dir(twin.dir))
			if output, err := child.CombinedOutput(); err != nil {
				t.Errorf("the host: %v\n%s", err, output)
			}
			improvementsSeenIn(t.Name() + "/record")
		})
	}
}

func hostileScenario(t *testing.T, do string) {
	t.Helper()
	compare(t, probe, func(h *host) {
		_, _, err := h.backupAction("backup-item-action").Execute(pod(do+",log:the last record"), backupObject(nil))
		if err != nil {
			t.Fatal(err)
		}
		records := h.logs.waitFor(t, "the last record")
		if do == "log-hostile" {
			at := slices.IndexFunc(records, func(record logRecord) bool { return record.Message == "hostile fields" })
			if at < 0 {
				t.Fatalf("%s: no record in %+v", h.side.name, records)
			}
			h.note("record", records[at].comparable())
		}
	})
}

// Each of our records identifies its call. Authors of Go plugins must add this by hand.
func TestLogRecordsSayWhatTheyAreAbout(t *testing.T) {
	if selfCheck {
		t.Skip("the twin does not")
	}
	h := startHost(t, ours, probe)
	if _, _, err := h.backupAction("backup-item-action").Execute(pod("log:about a pod"), backupObject(nil)); err != nil {
		t.Fatal(err)
	}
	if _, err := h.restoreActionV2("restore-item-action-v2").Execute(restoreInput(pod("log:restored"), restoreObject(nil))); err != nil {
		t.Fatal(err)
	}
	records := h.logs.waitFor(t, "restored")
	for message, expected := range map[string]map[string]any{
		"about a pod": {
			"plugin": "probe.plugwright.dev/backup-item-action", "pluginKind": "BackupItemAction",
			"resource": "Pod", "namespace": "shop", "name": "web-0", "backup": "velero/nightly", "restore": nil,
		},
		"restored": {
			"plugin": "probe.plugwright.dev/restore-item-action-v2", "pluginKind": "RestoreItemActionV2",
			"resource": "Pod", "namespace": "shop", "name": "web-0", "backup": nil, "restore": "velero/monday",
		},
	} {
		at := slices.IndexFunc(records, func(record logRecord) bool { return record.Message == message })
		if at < 0 {
			t.Errorf("no record %q", message)
			continue
		}
		for name, value := range expected {
			if records[at].Fields[name] != value {
				t.Errorf("%q: %s is %v, not %v", message, name, records[at].Fields[name], value)
			}
		}
	}
}
