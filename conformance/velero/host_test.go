package conformance

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sirupsen/logrus"

	"github.com/vmware-tanzu/velero/pkg/plugin/clientmgmt"
	"github.com/vmware-tanzu/velero/pkg/plugin/clientmgmt/process"
	"github.com/vmware-tanzu/velero/pkg/plugin/velero"
	biav1 "github.com/vmware-tanzu/velero/pkg/plugin/velero/backupitemaction/v1"
	biav2 "github.com/vmware-tanzu/velero/pkg/plugin/velero/backupitemaction/v2"
	ibav1 "github.com/vmware-tanzu/velero/pkg/plugin/velero/itemblockaction/v1"
	riav1 "github.com/vmware-tanzu/velero/pkg/plugin/velero/restoreitemaction/v1"
	riav2 "github.com/vmware-tanzu/velero/pkg/plugin/velero/restoreitemaction/v2"
	vsv1 "github.com/vmware-tanzu/velero/pkg/plugin/velero/volumesnapshotter/v1"
)

// A host is the part of a Velero server that handles plugins: a registry that has discovered one binary, and a manager.
type host struct {
	*recording
	clientmgmt.Manager
	side     side
	file     binary
	registry process.Registry
	logs     *logCapture
	// root is the directory of the file object store.
	root string
}

// startHost returns a new manager. The plugin's process starts when the first plugin is requested.
func startHost(t *testing.T, side side, file binary) *host {
	t.Helper()
	root := t.TempDir()
	t.Setenv("ARK_FILE_OBJECT_STORE_ROOT", root)
	logger, logs := newLogger(file)
	registry := discover(t, side, file)
	h := &host{
		recording: newRecording(t),
		Manager:   clientmgmt.NewManager(logger, logrus.DebugLevel, registry),
		side:      side,
		file:      file,
		registry:  registry,
		logs:      logs,
		root:      root,
	}
	t.Cleanup(h.CleanupClients)
	return h
}

var registries sync.Map

// discover requests the binary's list of plugins, once for all tests.
func discover(t *testing.T, side side, file binary) process.Registry {
	t.Helper()
	if known, ok := registries.Load(side.path(file)); ok {
		return known.(process.Registry)
	}
	logger, _ := newLogger(file)
	registry := process.NewRegistry(side.folder(file), logger, logrus.DebugLevel)
	if err := registry.DiscoverPlugins(); err != nil {
		t.Fatalf("%s: discovering the plugins of %s: %v", side.name, file, err)
	}
	registries.Store(side.path(file), registry)
	return registry
}

// must returns a plugin from the manager, or ends the test.
func must[T any](t *testing.T, get func(string) (T, error), name string) T {
	t.Helper()
	plugin, err := get(name)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return plugin
}

// fullName adds the domain of the binary's plugins to a name without one.
func (h *host) fullName(name string) string {
	switch {
	case strings.Contains(name, "/"):
		return name
	case h.file == probe:
		return "probe.plugwright.dev/" + name
	default:
		return "example.io/" + name
	}
}

func (h *host) objectStore(name string) velero.ObjectStore {
	return must(h.t, h.GetObjectStore, h.fullName(name))
}

func (h *host) volumeSnapshotter(name string) vsv1.VolumeSnapshotter {
	return must(h.t, h.GetVolumeSnapshotter, h.fullName(name))
}

func (h *host) backupAction(name string) biav1.BackupItemAction {
	return must(h.t, h.GetBackupItemAction, h.fullName(name))
}

func (h *host) backupActionV2(name string) biav2.BackupItemAction {
	return must(h.t, h.GetBackupItemActionV2, h.fullName(name))
}

func (h *host) restoreAction(name string) riav1.RestoreItemAction {
	return must(h.t, h.GetRestoreItemAction, h.fullName(name))
}

func (h *host) restoreActionV2(name string) riav2.RestoreItemAction {
	return must(h.t, h.GetRestoreItemActionV2, h.fullName(name))
}

func (h *host) deleteAction(name string) velero.DeleteItemAction {
	return must(h.t, h.GetDeleteItemAction, h.fullName(name))
}

func (h *host) itemBlockAction(name string) ibav1.ItemBlockAction {
	return must(h.t, h.GetItemBlockAction, h.fullName(name))
}

// pid finds the plugin's process among this process's children.
func (h *host) pid() int {
	h.t.Helper()
	stats, _ := filepath.Glob("/proc/[0-9]*/stat")
	for _, stat := range stats {
		dir := filepath.Dir(stat)
		cmdline, _ := os.ReadFile(filepath.Join(dir, "cmdline"))
		command, _, _ := strings.Cut(string(cmdline), "\x00")
		if command != h.side.path(h.file) {
			continue
		}
		if pid, _ := strconv.Atoi(filepath.Base(dir)); statField(h.t, pid, "PPid") == strconv.Itoa(os.Getpid()) {
			return pid
		}
	}
	h.t.Fatalf("%s: no process of %s", h.side.name, h.file)
	return 0
}

// statField reads a line of /proc/<pid>/status; empty if the process has exited.
func statField(t *testing.T, pid int, name string) string {
	t.Helper()
	status, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "status"))
	if err != nil {
		return ""
	}
	for line := range strings.Lines(string(status)) {
		if value, found := strings.CutPrefix(line, name+":"); found {
			return strings.TrimSpace(value)
		}
	}
	return ""
}

// eventually repeats attempts that may fail temporarily, such as calls after a process has exited.
func eventually(t *testing.T, what string, attempt func() bool) {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		if attempt() {
			return
		}
	}
	t.Fatalf("%s: not within 30 s", what)
}
