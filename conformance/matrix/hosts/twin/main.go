// Command twin is the twin of conformance/probe: test plugins in Go, on the plugin framework of one version of Velero or Ark. Each call
// contains commands; README.md in this folder lists them.
//
// It is built for each version, with the go.mod in ../mod/<version> and the build tags of the generation.
package main

import "github.com/sirupsen/logrus"

const domain = "probe.plugwright.dev/"

// A declared plugin has a name, without the domain.
type declared struct {
	kind, name string
	make       func(logrus.FieldLogger) (interface{}, error)
}

// arkName returns the plugin's name on Ark.
func (d declared) arkName() string {
	switch d.name {
	case "object-store-in-memory", "volume-snapshotter":
		return "in-memory"
	default:
		return d.name
	}
}

// declare declares a plugin with a constructor that cannot fail.
func declare(kind, name string, make func(script) any) declared {
	return declared{kind, name, func(log logrus.FieldLogger) (interface{}, error) { return make(script{log: log}), nil }}
}

// plugins are the plugins of every generation. Files with build tags add more.
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
