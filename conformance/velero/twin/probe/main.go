// Command probe is a plugin made for tests, in Go on Velero's own framework: the twin of conformance/probe, which is the same in Rust.
// What its plugins do is decided by each call; README.md beside this file has the table.
package main

import (
	"os"

	"github.com/cockroachdb/errors"
	"github.com/sirupsen/logrus"
	"github.com/spf13/pflag"

	"github.com/vmware-tanzu/velero/pkg/plugin/framework"
)

const domain = "probe.plugwright.dev/"

func main() {
	framework.NewServer().
		BindFlags(pflag.CommandLine).
		RegisterObjectStore(domain+"object-store", func(log logrus.FieldLogger) (any, error) {
			return &digestStore{script: script{log: log}}, nil
		}).
		RegisterObjectStore(domain+"object-store-in-memory", func(log logrus.FieldLogger) (any, error) {
			return &memoryStore{script: script{log: log}}, nil
		}).
		RegisterVolumeSnapshotter(domain+"volume-snapshotter", func(log logrus.FieldLogger) (any, error) {
			return &snapshotter{script: script{log: log}}, nil
		}).
		RegisterBackupItemAction(domain+"backup-item-action", func(log logrus.FieldLogger) (any, error) {
			return &backupAction{script: script{log: log}}, nil
		}).
		RegisterBackupItemAction(domain+"nothing", func(logrus.FieldLogger) (any, error) {
			return nothing{}, nil
		}).
		RegisterBackupItemAction(domain+"held-back", newHeldBack).
		RegisterBackupItemActionV2(domain+"backup-item-action-v2", func(log logrus.FieldLogger) (any, error) {
			return &backupActionV2{script: script{log: log}}, nil
		}).
		RegisterBackupItemActionV2(domain+"backup-without-operations", func(logrus.FieldLogger) (any, error) {
			return backupWithoutOperations{}, nil
		}).
		RegisterRestoreItemAction(domain+"restore-item-action", func(log logrus.FieldLogger) (any, error) {
			return &restoreAction{script: script{log: log}}, nil
		}).
		RegisterRestoreItemActionV2(domain+"restore-item-action-v2", func(log logrus.FieldLogger) (any, error) {
			return &restoreActionV2{script: script{log: log}}, nil
		}).
		RegisterRestoreItemActionV2(domain+"restore-without-operations", func(logrus.FieldLogger) (any, error) {
			return restoreWithoutOperations{}, nil
		}).
		RegisterDeleteItemAction(domain+"delete-item-action", func(log logrus.FieldLogger) (any, error) {
			return &deleteAction{script: script{log: log}}, nil
		}).
		RegisterItemBlockAction(domain+"item-block-action", func(log logrus.FieldLogger) (any, error) {
			return &itemBlockAction{script: script{log: log}}, nil
		}).
		Serve()
}

// newHeldBack fails for as long as the file named by PROBE_HOLD is there.
func newHeldBack(logrus.FieldLogger) (any, error) {
	if path := os.Getenv("PROBE_HOLD"); path != "" {
		if _, err := os.Stat(path); err == nil {
			return nil, errors.New("held back by " + path)
		}
	}
	return nothing{}, nil
}
