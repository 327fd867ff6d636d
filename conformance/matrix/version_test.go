package matrix

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"time"
)

// versionScenarios test the detection of the host's version.
var versionScenarios = []scenario{
	{name: "stated version", setup: func(h host) setup { return stating(h.version()) }, play: func(s *session) {
		s.noteDiscovery()
		s.note("Listing/names by kind/stated version", s.ask(request{Call: "list"}))
		s.note("Listing/stated version/answers", s.plugin("RestoreItemAction", "restore-item-action").ask("AppliesTo"))
	}},
	{name: "older stated version", on: func(h host) bool { return h.from("velero-1.5.1") }, alone: true,
		setup: func(host) setup { return stating("1.0") }, play: func(s *session) {
			s.discover()
			s.expect("Listing/stated version/of an older host", s.listedKinds(), `"BackupItemAction(,BackupItemActionV2)?,ObjectStore,RestoreItemAction(,RestoreItemActionV2)?,VolumeSnapshotter"`)
		}},
	{name: "newer stated version", on: func(h host) bool { return h.from("velero-1.0.0") && !h.from("velero-1.15.0") }, alone: true,
		setup: func(host) setup { return stating("1.18") }, play: func(s *session) {
			s.discovered = true
			s.expect("Listing/stated version/of a newer host", s.ask(request{Call: "discover"}),
				`{"error":{"code":"none: the host's own","message":"invalid plugin kind: \w+",.*`)
		}},
	{name: "version of the other host", alone: true, setup: func(h host) setup {
		if h.isArk() {
			return stating("1.18")
		}
		return stating("0.10")
	}, play: func(s *session) {
		s.discovered = true
		start := func() answer {
			discovered := s.ask(request{Call: "discover"})
			if s.host.files() {
				return s.plugin("ObjectStore", "object-store").ask("Init", object{})
			}
			return discovered
		}
		s.expect("Listing/stated version/of the other host", start(), `{"error":{"code":"none: the host's own",.*`)
		s.logsSay("Listing/stated version/log", "PLUGWRIGHT_HOST_VERSION is ", func() { start() })
	}},
	{name: "omitted kinds", on: func(h host) bool { return !h.isArk() && !h.has("ItemBlockAction") }, alone: true, play: func(s *session) {
		s.discover()
		s.logsSay("Listing/omitted kinds/log", "ItemBlockAction probe.plugwright.dev/item-block-action is omitted: it requires Velero 1.15", nil)
	}},
}

func stating(version string) setup {
	return setup{env: []string{"PLUGWRIGHT_HOST_VERSION=" + version}}
}

// listedKinds returns the kinds with at least one plugin.
func (s *session) listedKinds() string {
	s.t.Helper()
	kinds, ok := s.ask(request{Call: "list"}).Value.(map[string]any)
	if !ok {
		s.t.Fatal("the list is not an object")
	}
	return strings.Join(slices.Sorted(maps.Keys(kinds)), ",")
}

// logsSay waits for a text in the host's log. `again` restarts a plugin that exits before its handshake: go-plugin before 1.4.3 may
// close the stderr pipe before reading it (`client.go`, `Start` calls `cmd.Wait` next to `logStderr`).
func (s *session) logsSay(name, text string, again func()) {
	s.t.Helper()
	var all strings.Builder
	asked := time.Now()
	s.eventually("the log with "+text, func() bool {
		encoded, err := json.Marshal(s.ask(request{Call: "logs"}).Value)
		s.must(err)
		var records []logRecord
		s.must(json.Unmarshal(encoded, &records))
		for _, record := range records {
			all.WriteString(record.Message + "\n")
		}
		if strings.Contains(all.String(), text) {
			return true
		}
		if again != nil && time.Since(asked) > time.Second {
			again()
			asked = time.Now()
		}
		return false
	})
	s.expect(name, true, `true`)
}
