package host

import (
	"os"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"

	v1 "github.com/vmware-tanzu/velero/pkg/apis/velero/v1"
	"github.com/vmware-tanzu/velero/pkg/plugin/velero"
	biav1 "github.com/vmware-tanzu/velero/pkg/plugin/velero/backupitemaction/v1"
)

// Bucket is the bucket of an Example.
const Bucket = "bucket"

// An Example is a process of the example plugins, with a folder for objects.
type Example struct {
	*Host
	Store velero.ObjectStore
	// Root is the folder for objects.
	Root string
	// Backup is the Backup of all calls.
	Backup *v1.Backup
	action biav1.BackupItemAction
}

// StartExample starts the process, with additional environment variables.
func StartExample(binary string, env ...string) (*Example, error) {
	root, err := os.MkdirTemp(MemoryFolder, "bench")
	if err != nil {
		return nil, err
	}
	h, err := Start(binary, append(env, "ARK_FILE_OBJECT_STORE_ROOT="+root)...)
	if err != nil {
		_ = os.RemoveAll(root)
		return nil, err
	}
	return &Example{h, h.Store("example.io/object-store-plugin"), root, &v1.Backup{}, h.Action("example.io/backup-plugin")}, nil
}

// Init initializes the store.
func (e *Example) Init() error { return e.Store.Init(map[string]string{"bucket": Bucket}) }

// Execute calls the action, which sets Annotation.
func (e *Example) Execute(item *unstructured.Unstructured) (runtime.Unstructured, error) {
	updated, _, err := e.action.Execute(item, e.Backup)
	return updated, err
}

// Remove ends the process and removes its folder.
func (e *Example) Remove() {
	e.Kill()
	_ = os.RemoveAll(e.Root)
}
