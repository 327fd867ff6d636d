//go:build ark09

package main

import (
	"os"
	"path/filepath"
	"strings"

	"github.com/hashicorp/go-plugin"
	"github.com/heptio/ark/pkg/backup"
	"github.com/heptio/ark/pkg/cloudprovider"
	ark "github.com/heptio/ark/pkg/plugin"
	"github.com/heptio/ark/pkg/restore"
)

// serve selects the plugin by the file name, ark-<kind>-<name>. A process serves one plugin of a kind.
func serve(plugins []declared) {
	_, name, _ := strings.Cut(strings.TrimPrefix(filepath.Base(os.Args[0]), "ark-"), "-")
	served := map[string]plugin.Plugin{}
	for _, declared := range plugins {
		if declared.arkName() != name {
			continue
		}
		made, err := declared.make(ark.NewLogger())
		if err != nil {
			continue
		}
		switch made := made.(type) {
		case cloudprovider.ObjectStore:
			served["objectstore"] = ark.NewObjectStorePlugin(made)
		case cloudprovider.BlockStore:
			served["blockstore"] = ark.NewBlockStorePlugin(made)
		case backup.ItemAction:
			served["backupitemaction"] = ark.NewBackupItemActionPlugin(made)
		case restore.ItemAction:
			served["restoreitemaction"] = ark.NewRestoreItemActionPlugin(made)
		}
	}
	plugin.Serve(&plugin.ServeConfig{HandshakeConfig: ark.Handshake, Plugins: served, GRPCServer: plugin.DefaultGRPCServer})
}

// objectStore adapts the store to this generation's interface, in which ListCommonPrefixes has no prefix.
func objectStore(store velerosObjectStore) any { return prefixless{store} }

type prefixless struct{ velerosObjectStore }

// ListCommonPrefixes omits the delimiter, as documented in pkg/cloudprovider/storage_interfaces.go.
func (p prefixless) ListCommonPrefixes(bucket, delimiter string) ([]string, error) {
	prefixes, err := p.velerosObjectStore.ListCommonPrefixes(bucket, "", delimiter)
	for i, prefix := range prefixes {
		prefixes[i] = strings.TrimSuffix(prefix, delimiter)
	}
	return prefixes, err
}

// IsVolumeReady exists only in this generation.
func (s *snapshotter) IsVolumeReady(volumeID, _ string) (bool, error) { return true, s.text(volumeID) }
