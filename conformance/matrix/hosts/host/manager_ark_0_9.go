//go:build ark09

package main

import (
	"fmt"

	"github.com/hashicorp/go-plugin"
	"github.com/heptio/ark/pkg/apis/ark/v1"
	"github.com/heptio/ark/pkg/backup"
	ark "github.com/heptio/ark/pkg/plugin"
	"github.com/heptio/ark/pkg/restore"
	"github.com/sirupsen/logrus"
	"k8s.io/apimachinery/pkg/runtime"
)

// files is Ark's manager before 0.10. It has no registry; each plugin is a file.
type files struct{ ark.Manager }

func discover(dir string, logger *logrus.Logger) (manager, error) {
	manager, err := ark.NewManager(logger, logrus.DebugLevel, dir)
	if err != nil {
		return nil, err
	}
	return files{manager}, nil
}

func (f files) list() map[string][]listed { return nil }

func (f files) close() { f.CloseAllClients() }

// get returns the only action that is not built in, because this manager returns actions without names and in random order.
func (f files) get(kind, name string) (any, error) {
	switch kind {
	case "ObjectStore":
		return f.GetObjectStore(name)
	case "BlockStore":
		return f.GetBlockStore(name)
	case "BackupItemAction":
		actions, err := f.GetBackupItemActions("backup")
		if err != nil {
			return nil, err
		}
		return foreign(actions, func(action backup.ItemAction) ([]string, error) {
			selector, err := action.AppliesTo()
			return selector.IncludedResources, err
		})
	case "RestoreItemAction":
		actions, err := f.GetRestoreItemActions("restore")
		if err != nil {
			return nil, err
		}
		return foreign(actions, func(action restore.ItemAction) ([]string, error) {
			selector, err := action.AppliesTo()
			return selector.IncludedResources, err
		})
	default:
		return nil, fmt.Errorf("this host has no kind %s", kind)
	}
}

// internal is the selector of built-in actions.
const internal = "none, this is the host's own"

func foreign[A any](actions []A, includedResources func(A) ([]string, error)) (any, error) {
	var found []A
	for _, action := range actions {
		resources, err := includedResources(action)
		if err != nil {
			return nil, err
		}
		if len(resources) != 1 || resources[0] != internal {
			found = append(found, action)
		}
	}
	if len(found) != 1 {
		return nil, fmt.Errorf("found %d plugins in %d that are not built in", len(found), len(actions))
	}
	return found[0], nil
}

// serveInternal implements `ark run-plugin KIND NAME`, which Ark starts for each built-in action.
func serveInternal(args []string) {
	kind := args[0]
	plugin.Serve(&plugin.ServeConfig{
		HandshakeConfig: ark.Handshake,
		GRPCServer:      plugin.DefaultGRPCServer,
		Plugins: map[string]plugin.Plugin{
			kind: map[string]plugin.Plugin{
				"backupitemaction":  ark.NewBackupItemActionPlugin(ownBackupAction{}),
				"restoreitemaction": ark.NewRestoreItemActionPlugin(ownRestoreAction{}),
			}[kind],
		},
	})
}

type ownBackupAction struct{}

func (ownBackupAction) AppliesTo() (backup.ResourceSelector, error) {
	return backup.ResourceSelector{IncludedResources: []string{internal}}, nil
}

func (ownBackupAction) Execute(item runtime.Unstructured, _ *v1.Backup) (runtime.Unstructured, []backup.ResourceIdentifier, error) {
	return item, nil, nil
}

type ownRestoreAction struct{}

func (ownRestoreAction) AppliesTo() (restore.ResourceSelector, error) {
	return restore.ResourceSelector{IncludedResources: []string{internal}}, nil
}

func (ownRestoreAction) Execute(item runtime.Unstructured, _ *v1.Restore) (runtime.Unstructured, error, error) {
	return item, nil, nil
}
