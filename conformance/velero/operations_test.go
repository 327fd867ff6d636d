package conformance

import "testing"

// Tests Progress and Cancel for known operations, unknown operations, and actions without operations.
func TestOperations(t *testing.T) {
	ids := []string{"running", "done", "failed", "timeless", "unknown", "", "a/b", "error:no news", "panic:no news"}
	compare(t, probe, func(h *host) {
		for _, name := range []string{"backup-item-action-v2", "backup-without-operations"} {
			action := h.backupActionV2(name)
			for _, id := range ids {
				h.call(name+" progress "+id, func() (any, error) { return action.Progress(id, backupObject(nil)) })
				h.do(name+" cancel "+id, func() error { return action.Cancel(id, backupObject(nil)) })
			}
		}
		for _, name := range []string{"restore-item-action-v2", "restore-without-operations"} {
			action := h.restoreActionV2(name)
			for _, id := range ids {
				h.call(name+" progress "+id, func() (any, error) { return action.Progress(id, restoreObject(nil)) })
				h.do(name+" cancel "+id, func() error { return action.Cancel(id, restoreObject(nil)) })
			}
		}
	})
}
