package conformance

import (
	"bytes"
	"compress/gzip"
	"io"
	"strings"
	"testing"

	"github.com/sirupsen/logrus"

	v1 "github.com/vmware-tanzu/velero/pkg/apis/velero/v1"
	"github.com/vmware-tanzu/velero/pkg/persistence"
)

// Velero's own backup store (pkg/persistence) uses the example's object store, with and without a prefix.
func TestVelerosBackupStore(t *testing.T) {
	for _, prefix := range []string{"", "deep/prefix"} {
		t.Run("prefix "+prefix, func(t *testing.T) {
			compare(t, example, func(h *host) {
				location := &v1.BackupStorageLocation{Spec: v1.BackupStorageLocationSpec{
					Provider: "example.io/object-store-plugin",
					StorageType: v1.StorageType{
						ObjectStorage: &v1.ObjectStorageLocation{Bucket: "bucket", Prefix: prefix},
					},
				}}
				store, err := persistence.NewObjectBackupStoreGetter(nil).Get(location, h, logrus.StandardLogger())
				if err != nil {
					t.Fatal(err)
				}
				useBackupStore(t, h, store)
			})
		})
	}
}

func useBackupStore(t *testing.T, h *host, store persistence.BackupStore) {
	t.Helper()
	h.do("valid when empty", store.IsValid)
	h.call("no backups", func() (any, error) { return store.ListBackups() })
	for _, name := range []string{"monday", "tuesday"} {
		h.do("put "+name, func() error {
			return store.PutBackup(persistence.BackupInfo{
				Name:                 name,
				Metadata:             bytes.NewReader(jsonOf(t, backupObject(func(backup *v1.Backup) { backup.Name = name }))),
				Contents:             strings.NewReader("the contents of " + name),
				Log:                  strings.NewReader("log"),
				BackupItemOperations: bytes.NewReader(zipped(t, "[]")),
			})
		})
	}
	h.do("valid", store.IsValid)
	h.call("backups", func() (any, error) { return store.ListBackups() })
	h.call("exists", func() (any, error) { return store.BackupExists("bucket", "monday") })
	h.call("does not exist", func() (any, error) { return store.BackupExists("bucket", "sunday") })
	h.call("metadata", func() (any, error) { return store.GetBackupMetadata("monday") })
	h.call("contents", func() (any, error) {
		contents, err := store.GetBackupContents("tuesday")
		if err != nil {
			return nil, err
		}
		defer contents.Close()
		text, err := io.ReadAll(contents)
		return string(text), err
	})
	h.call("operations", func() (any, error) { return store.GetBackupItemOperations("monday") })
	h.call("volume infos that were not put", func() (any, error) { return store.GetBackupVolumeInfos("monday") })
	h.do("delete", func() error { return store.DeleteBackup("monday") })
	h.call("backups that are left", func() (any, error) { return store.ListBackups() })
	h.note("files", filesIn(t, h.root))
	h.do("delete again", func() error { return store.DeleteBackup("monday") })
	h.do("put restore log", func() error { return store.PutRestoreLog("tuesday", "r", strings.NewReader("log")) })
	h.do("delete restore", func() error { return store.DeleteRestore("r") })
	h.note("files in the end", filesIn(t, h.root))
	h.call("download", func() (any, error) {
		return store.GetDownloadURL(v1.DownloadTarget{Kind: v1.DownloadTargetKindBackupLog, Name: "tuesday"})
	})
}

func zipped(t *testing.T, text string) []byte {
	t.Helper()
	var buffer bytes.Buffer
	writer := gzip.NewWriter(&buffer)
	if _, err := writer.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
	if err := writer.Close(); err != nil {
		t.Fatal(err)
	}
	return buffer.Bytes()
}
