// Command example is the Go twin of examples/velero-example: Velero's example plugin, rewritten on Velero's own framework.
// README.md in this folder describes the differences from the original.
package main

import (
	"github.com/sirupsen/logrus"
	"github.com/spf13/pflag"

	"github.com/vmware-tanzu/velero/pkg/plugin/framework"
)

func main() {
	framework.NewServer().
		BindFlags(pflag.CommandLine).
		RegisterObjectStore("example.io/object-store-plugin", func(log logrus.FieldLogger) (any, error) {
			return &fileObjectStore{log: log}, nil
		}).
		RegisterVolumeSnapshotter("example.io/volume-snapshotter-plugin", func(log logrus.FieldLogger) (any, error) {
			return newVolumeSnapshotter(log), nil
		}).
		RegisterBackupItemAction("example.io/backup-plugin", func(log logrus.FieldLogger) (any, error) {
			return &backupPlugin{log: log}, nil
		}).
		RegisterBackupItemActionV2("example.io/backup-pluginv2", func(log logrus.FieldLogger) (any, error) {
			return &backupPluginV2{log: log}, nil
		}).
		RegisterRestoreItemAction("example.io/restore-plugin", func(log logrus.FieldLogger) (any, error) {
			return &restorePlugin{log: log}, nil
		}).
		RegisterRestoreItemActionV2("example.io/restore-pluginv2", func(log logrus.FieldLogger) (any, error) {
			return &restorePluginV2{log: log}, nil
		}).
		RegisterDeleteItemAction("example.io/delete-plugin", func(log logrus.FieldLogger) (any, error) {
			return &deletePlugin{log: log}, nil
		}).
		RegisterItemBlockAction("example.io/item-block-plugin", func(log logrus.FieldLogger) (any, error) {
			return &itemBlockPlugin{log: log}, nil
		}).
		Serve()
}
