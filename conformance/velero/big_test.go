package conformance

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/vmware-tanzu/velero/pkg/plugin/velero"
)

// An item of 100 MiB is returned, changed and unchanged.
func TestHundredMebibytes(t *testing.T) {
	if selfCheck {
		t.Skip("a Go plugin accepts at most 4 MiB")
	}
	filler := strings.Repeat("0123456789abcdef", 100<<20/16)
	h := startHost(t, ours, probe)
	pids := map[int]bool{}
	for _, do := range []string{"", "label:a=b"} {
		item := pod(do)
		item.Object["data"] = filler
		backedUp, _, err := h.backupAction("backup-item-action").Execute(item, backupObject(nil))
		if err != nil || backedUp.UnstructuredContent()["data"] != filler {
			t.Errorf("%q: expected the item of the backup, found the error %.200v", do, err)
		}
		restored, err := h.restoreActionV2("restore-item-action-v2").Execute(restoreInput(item, restoreObject(nil)))
		if err != nil || restored.UpdatedItem.UnstructuredContent()["data"] != filler {
			t.Errorf("%q: expected the item of the restore, found the error %.200v", do, err)
		}
		pids[h.pid()] = true
	}
	if len(pids) != 1 {
		t.Errorf("expected one process, found %v", pids)
	}
}

// 50,000 additional items arrive in their order.
func TestManyAdditionalItems(t *testing.T) {
	digest := func(items []velero.ResourceIdentifier, err error) (any, error) {
		text, failed := json.Marshal(items)
		if failed != nil {
			t.Error(failed)
		}
		return fmt.Sprintf("%d items, SHA-256 %x", len(items), sha256.Sum256(text)), err
	}
	item := pod("additional:50000")
	compare(t, probe, func(h *host) {
		h.call("backup", func() (any, error) {
			_, items, err := h.backupAction("backup-item-action").Execute(item, backupObject(nil))
			return digest(items, err)
		})
		h.call("backup-v2", func() (any, error) {
			_, items, _, _, err := h.backupActionV2("backup-item-action-v2").Execute(item, backupObject(nil))
			return digest(items, err)
		})
		h.call("restore", func() (any, error) {
			output, err := h.restoreAction("restore-item-action").Execute(restoreInput(item, restoreObject(nil)))
			if err != nil {
				return nil, err
			}
			return digest(output.AdditionalItems, nil)
		})
		h.call("item-block", func() (any, error) {
			return digest(h.itemBlockAction("item-block-action").GetRelatedItems(item, backupObject(nil)))
		})
	})
}
