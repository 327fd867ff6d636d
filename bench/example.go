package main

import (
	"os"

	"github.com/vmware-tanzu/velero/pkg/plugin/velero"
	biav1 "github.com/vmware-tanzu/velero/pkg/plugin/velero/backupitemaction/v1"

	"plugwright.dev/bench/host"
)

// example is a process of the example plugins, with a folder for objects.
type example struct {
	*host.Host
	action biav1.BackupItemAction
	store  velero.ObjectStore
	root   string
}

func startExample(binary string, env ...string) (*example, error) {
	root, err := os.MkdirTemp(host.MemoryFolder, "bench")
	if err != nil {
		return nil, err
	}
	h, err := host.Start(binary, append(env, "ARK_FILE_OBJECT_STORE_ROOT="+root)...)
	if err != nil {
		_ = os.RemoveAll(root)
		return nil, err
	}
	action, store := h.Action("example.io/backup-plugin"), h.Store("example.io/object-store-plugin")
	return &example{h, action, store, root}, nil
}

func (e *example) kill() {
	e.Kill()
	_ = os.RemoveAll(e.root)
}
