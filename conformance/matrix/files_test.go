package matrix

import (
	"fmt"
	"os"
)

// Ark before 0.10 identifies a plugin by its file name. These scenarios test valid and invalid names.
var fileScenarios = []scenario{
	{name: "hard links", on: host.files, setup: func(host) setup { return setup{link: os.Link} }, play: linked("hard link")},
	{name: "symbolic links", on: host.files, play: linked("symbolic link")},
	{name: "link to an undeclared name", on: host.files, alone: true, setup: files("ark-objectstore-undeclared"), play: func(s *session) {
		s.discover()
		s.expect("Files/undeclared name/Init", s.plugin("ObjectStore", "undeclared").ask("Init", object{}),
			failsWith(`ObjectStore plugin undeclared not found in this binary; plugins of this kind: object-store, in-memory`))
	}},
	{name: "link with another kind than the plugin's", on: host.files, alone: true, setup: files("ark-blockstore-object-store"), play: func(s *session) {
		s.discover()
		s.expect("Files/other kind/Init", s.plugin("VolumeSnapshotter", "object-store").ask("Init", object{}),
			failsWith(`BlockStore plugin object-store not found in this binary; plugins of this kind: in-memory`))
	}},
	{name: "two stores in one process", on: host.files, setup: files("ark-cloudprovider-in-memory"), play: func(s *session) {
		s.discover()
		store, snapshotter := s.plugin("ObjectStore", "object-store-in-memory"), s.plugin("VolumeSnapshotter", "volume-snapshotter")
		s.note("Files/cloudprovider/ObjectStore", store.ask("Init", object{"bucket": "b"}))
		s.note("Files/cloudprovider/BlockStore", snapshotter.ask("Init", object{"region": "eu"}))
		s.note("Files/cloudprovider/processes", len(s.process.children(s.plugins)))
		s.note("Files/cloudprovider/objects", store.ask("ListObjects", "b", ""))
		s.note("Files/cloudprovider/volumes", snapshotter.ask("GetVolumeInfo", "config:region", "z"))
	}},
	{name: "two kinds, one of them missing in the binary", on: host.files, alone: true, setup: files("ark-cloudprovider-object-store"), play: func(s *session) {
		s.discover()
		s.expect("Files/one store of two/ObjectStore", s.plugin("ObjectStore", "object-store").ask("Init", object{}), `{"value":\[\]}`)
		s.expect("Files/one store of two/BlockStore", s.plugin("VolumeSnapshotter", "object-store").ask("Init", object{}),
			failsWith(`BlockStore plugin object-store not found in this binary; plugins of this kind: in-memory`))
	}},
	{name: "file without link", on: host.files, alone: true, setup: files("plugwright-probe"), play: func(s *session) {
		s.discover()
		s.expect("Files/no link/Init", s.plugin("ObjectStore", "object-store").ask("Init", object{}),
			`{"error":{"code":"none: the host's own","message":"plugin not found",.*`)
	}},
	{name: "script that starts a file without link", on: host.files, alone: true,
		setup: wrapped(nil, "ark-objectstore-object-store", "ark-backupitemaction-backup-item-action"), play: func(s *session) {
			s.discover()
			s.expect("Files/script/store", s.plugin("ObjectStore", "object-store").ask("Init", object{"bucket": "b"}), failsWith(`.*ark-<kind>-<name>.*`))
			s.expect("Files/script/request without a plugin", s.plugin("BackupItemAction", "backup-item-action").ask("AppliesTo"),
				failsWith(`.*ark-<kind>-<name>.*`))
		}},
	{name: "script, with the version", on: host.files, alone: true,
		setup: wrapped([]string{"PLUGWRIGHT_HOST_VERSION=0.9"}, "ark-objectstore-object-store"), play: func(s *session) {
			s.discover()
			start := func() answer { return s.plugin("ObjectStore", "object-store").ask("Init", object{}) }
			s.expect("Files/script/with the version", start(), `{"error":{"code":"none: the host's own",.*`)
			s.logsSay("Files/script/log", "ark-<kind>-<name>", func() { start() })
		}},
	{name: "file of Ark 0.9 on a newer host", on: func(h host) bool { return h.isArk() && !h.files() }, alone: true,
		setup: files("ark-objectstore-object-store"), play: func(s *session) {
			s.discovered = true
			s.expect("Files/old name on a newer Ark/discovery", s.ask(request{Call: "discover"}), failsWith(`the file .ark-objectstore-object-store. has a name for Ark 0.9, but this host is a later one; .*`))
		}},
	{name: "file of Ark 0.9 on Velero", on: func(h host) bool { return !h.isArk() }, setup: files("ark-objectstore-object-store"), play: func(s *session) {
		s.noteDiscovery()
		s.note("Files/old name on Velero/answers", s.plugin("RestoreItemAction", "restore-item-action").ask("AppliesTo"))
	}},
}

func files(names ...string) func(host) setup {
	return func(host) setup { return setup{files: names} }
}

// wrapped installs shell scripts that start the binary, so that its own file name differs.
func wrapped(env []string, names ...string) func(host) setup {
	script := func(binary, path string) error {
		return os.WriteFile(path, fmt.Appendf(nil, "#!/bin/sh\nexec '%s' \"$@\"\n", binary), 0o755)
	}
	return func(host) setup { return setup{files: names, link: script, env: env} }
}

// failsWith matches a plugin's error that contains the text.
func failsWith(message string) string {
	return `{"error":{"code":"\w+","message":"` + message + `","located":(true|false)}}`
}

func linked(title string) func(s *session) {
	return func(s *session) {
		s.discover()
		store := s.plugin("ObjectStore", "object-store-in-memory")
		store.must("Init", object{"bucket": "b"})
		store.must("PutObject", "b", "k", object{"text": "x"})
		s.note("Files/"+title+"/store", store.ask("GetObject", "b", "k"))
		s.note("Files/"+title+"/snapshotter", s.plugin("VolumeSnapshotter", "volume-snapshotter").ask("Init", object{}))
		s.note("Files/"+title+"/action", s.plugin("RestoreItemAction", "restore-item-action").ask("AppliesTo"))
	}
}
