//go:build velero011

package main

import "github.com/heptio/velero/pkg/plugin"

// serve registers plugins by their short name, because this version has no rules for names.
func serve(plugins []declared) {
	server := plugin.NewServer(plugin.NewLogger())
	for _, declared := range plugins {
		switch declared.kind {
		case "ObjectStore":
			server.RegisterObjectStore(declared.arkName(), declared.make)
		case "VolumeSnapshotter":
			server.RegisterBlockStore(declared.arkName(), declared.make)
		case "BackupItemAction":
			server.RegisterBackupItemAction(declared.arkName(), declared.make)
		case "RestoreItemAction":
			server.RegisterRestoreItemAction(declared.arkName(), declared.make)
		}
	}
	server.Serve()
}
