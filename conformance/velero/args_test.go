package conformance

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/vmware-tanzu/velero/pkg/plugin/generated"
)

// Velero passes all its flags to plugins. They must accept --log-level in all spellings, and ignore unknown flags.
func TestLogLevelFlag(t *testing.T) {
	flags := map[string]string{
		"none":               "",
		"debug":              "--log-level debug",
		"trace":              "--log-level trace",
		"info":               "--log-level info",
		"warning":            "--log-level warning",
		"error":              "--log-level error",
		"fatal":              "--log-level fatal",
		"panic":              "--log-level panic",
		"with =":             "--log-level=error",
		"twice":              "--log-level error --log-level debug",
		"unknown before":     "--default-backup-ttl 720h --log-level debug",
		"unknown behind":     "--log-level debug --default-backup-ttl=720h --unknown",
		"unknown with value": "--unknown value --log-level=debug --another=1 -x",
		"switch before":      "--restore-only --log-level debug",
		"features":           "--features EnableCSI,EnableOther --log-level debug",
		"features with =":    "--features= --log-level debug",
		"plain words":        "one two --log-level debug",
	}
	for _, name := range sorted(flags) {
		t.Run(name, func(t *testing.T) {
			compareRaw(t, probe, func(raw *rawPlugin) {
				raw.note("levels", levelsLogged(t, raw))
			}, withArgs(strings.Fields(flags[name])...))
		})
	}
}

// levelsLogged lets the probe log at each level, and returns the records that it wrote to stderr.
func levelsLogged(t *testing.T, raw *rawPlugin) []string {
	t.Helper()
	item := withDoInBytes(`{"kind":"X"}`, "log:the last record")
	request := &generated.ExecuteRequest{Plugin: "probe.plugwright.dev/backup-item-action", Item: []byte(item), Backup: aBackup}
	if _, err := generated.NewBackupItemActionClient(raw.conn).Execute(limited(t), request); err != nil {
		t.Fatal(err)
	}
	// Kill returns after go-plugin has read all output.
	raw.client.Kill()
	var levels []string
	ofFramework := regexp.MustCompile(`"@message":"Setting log level to`)
	for line := range strings.Lines(raw.stderr.String()) {
		var record struct {
			Level  string `json:"@level"`
			Marker string `json:"@logSourceSetBy"`
		}
		if ofFramework.MatchString(line) {
			continue
		}
		if json.Unmarshal([]byte(line), &record) == nil && record.Marker == "plugin" && !slices.Contains(levels, record.Level) {
			levels = append(levels, record.Level)
		}
	}
	slices.Sort(levels)
	return levels
}
