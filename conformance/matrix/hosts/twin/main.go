// Command twin is a plugin made for tests, in Go on the plugin framework of one version of Velero or Ark: the twin of conformance/probe,
// which is one Rust binary for all of them. What its plugins do is decided by each call; README.md beside this file has the table.
//
// It is built once for each version, with the go.mod of ../mod/<version> and the build tags of its generation.
package main

import "github.com/sirupsen/logrus"

const domain = "probe.plugwright.dev/"

// A declared plugin has the name behind the domain.
type declared struct {
	kind, name string
	make       func(logrus.FieldLogger) (interface{}, error)
}

// arkName is what Ark calls the plugin.
func (d declared) arkName() string {
	switch d.name {
	case "object-store-in-memory", "volume-snapshotter":
		return "in-memory"
	default:
		return d.name
	}
}

// declare is for plugins that can always be made.
func declare(kind, name string, make func(script) any) declared {
	return declared{kind, name, func(log logrus.FieldLogger) (interface{}, error) { return make(script{log: log}), nil }}
}

// plugins are those that every generation has; files with build tags add to them.
var plugins = []declared{
	declare("ObjectStore", "object-store", func(s script) any { return objectStore(&digestStore{script: s}) }),
	declare("ObjectStore", "object-store-in-memory", func(s script) any { return objectStore(&memoryStore{script: s}) }),
	declare("VolumeSnapshotter", "volume-snapshotter", func(s script) any { return &snapshotter{script: s} }),
	declare("BackupItemAction", "backup-item-action", func(s script) any { return &backupAction{s} }),
	declare("BackupItemAction", "nothing", func(script) any { return nothing{} }),
	{"BackupItemAction", "held-back", newHeldBack},
	declare("RestoreItemAction", "restore-item-action", func(s script) any { return &restoreAction{s} }),
}

func main() { serve(plugins) }
