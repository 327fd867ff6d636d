package conformance

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	v1 "github.com/vmware-tanzu/velero/pkg/apis/velero/v1"
	"github.com/vmware-tanzu/velero/pkg/plugin/velero"
)

const (
	backupDuration  = "velero.io/example-bia-operation-duration"
	restoreDuration = "velero.io/example-ria-operation-duration"
)

// durations are values for the annotation of an item or backup, including invalid ones.
var durations = []string{"", "10s", "1h30m", "1.5s", "-5s", "5", "soon", "0", "10s/x"}

func TestExampleBackup(t *testing.T) {
	compare(t, example, func(h *host) {
		h.call("v1", func() (any, error) {
			item, additional, err := h.backupAction("backup-plugin").Execute(pod(""), backupObject(nil))
			return backupAnswer(item, additional, "", nil), err
		})
		h.call("v1, no metadata", func() (any, error) {
			item, additional, err := h.backupAction("backup-plugin").Execute(kindOnly(), backupObject(nil))
			return backupAnswer(item, additional, "", nil), err
		})
		action := h.backupActionV2("backup-pluginv2")
		h.call("v2 selector", func() (any, error) { return action.AppliesTo() })
		for _, onItem := range durations {
			for _, onBackup := range []string{"", "20s", "never"} {
				for _, phase := range []v1.BackupPhase{v1.BackupPhaseInProgress, v1.BackupPhaseFinalizing, v1.BackupPhaseFinalizingPartiallyFailed} {
					item := pod("")
					annotate(item, backupDuration, onItem)
					backup := backupObject(func(backup *v1.Backup) {
						backup.Annotations = map[string]string{backupDuration: onBackup}
						backup.Status.Phase = phase
					})
					h.call(fmt.Sprintf("v2 %q %q %s", onItem, onBackup, phase), func() (any, error) {
						item, additional, operation, post, err := action.Execute(item, backup)
						return backupAnswer(item, additional, operation, post), err
					})
				}
			}
		}
	})
}

func TestExampleRestore(t *testing.T) {
	compare(t, example, func(h *host) {
		h.call("v1", func() (any, error) {
			output, err := h.restoreAction("restore-plugin").Execute(restoreInput(pod(""), restoreObject(nil)))
			return restoreAnswer(output), err
		})
		action := h.restoreActionV2("restore-pluginv2")
		for _, onItem := range durations {
			for _, onRestore := range []string{"", "20s", "never"} {
				item := pod("")
				annotate(item, restoreDuration, onItem)
				restore := restoreObject(func(restore *v1.Restore) {
					restore.Annotations = map[string]string{restoreDuration: onRestore}
				})
				h.call(fmt.Sprintf("v2 %q %q", onItem, onRestore), func() (any, error) {
					output, err := action.Execute(restoreInput(item, restore))
					return restoreAnswer(output), err
				})
			}
		}
		h.call("v2 ready", func() (any, error) { return action.AreAdditionalItemsReady(nil, restoreObject(nil)) })
	})
}

func TestExampleOperations(t *testing.T) {
	ids := []string{"x/0s", "x/1h", "x/90m", "/1h", "x/1ms", "", "x", "x/soon", "x/-1s", "x/1h/ns/name", "x/1h/"}
	starts := map[string]time.Duration{"just now": 0, "before": 2 * time.Hour, "in future": -time.Hour}
	compare(t, example, func(h *host) {
		backups, restores := h.backupActionV2("backup-pluginv2"), h.restoreActionV2("restore-pluginv2")
		for _, id := range ids {
			for _, name := range sorted(starts) {
				start := ago(starts[name])
				backup := backupObject(func(backup *v1.Backup) { backup.Status.StartTimestamp = start })
				h.call("backup progress "+id+" "+name, func() (any, error) {
					progress, err := backups.Progress(id, backup)
					return progressAnswer(progress, start.Time), err
				})
				restore := restoreObject(func(restore *v1.Restore) { restore.Status.StartTimestamp = start })
				h.call("restore progress "+id+" "+name, func() (any, error) {
					progress, err := restores.Progress(id, restore)
					return progressAnswer(progress, start.Time), err
				})
			}
			h.do("backup cancel "+id, func() error { return backups.Cancel(id, backupObject(nil)) })
			h.do("restore cancel "+id, func() error { return restores.Cancel(id, restoreObject(nil)) })
		}
		h.call("backup not started", func() (any, error) { return backups.Progress("x/1h", backupObject(nil)) })
		h.call("restore not started", func() (any, error) { return restores.Progress("x/1h", restoreObject(nil)) })
	})
}

// progressAnswer omits values that differ between calls: the time, and the seconds since the start.
func progressAnswer(progress velero.OperationProgress, start time.Time) map[string]any {
	done := progress.NCompleted
	if done > 0 && done < 60 && !progress.Completed {
		done = 0
	}
	return map[string]any{
		"completed":   progress.Completed,
		"err":         progress.Err,
		"done":        done,
		"total":       progress.NTotal,
		"units":       progress.OperationUnits,
		"description": progress.Description,
		"started":     progress.Started.Equal(start),
		"updated":     time.Since(progress.Updated).Abs() < time.Minute,
	}
}

func TestExampleDelete(t *testing.T) {
	compare(t, example, func(h *host) {
		action := h.deleteAction("delete-plugin")
		h.do("execute", func() error {
			return action.Execute(&velero.DeleteItemActionExecuteInput{Item: pod(""), Backup: backupObject(nil)})
		})
		h.note("logs", comparableRecords(h.logs.waitFor(t, "Hello from my DeletePlugin!")))
	})
}

func TestExampleItemBlock(t *testing.T) {
	compare(t, example, func(h *host) {
		action := h.itemBlockAction("item-block-plugin")
		h.call("selector", func() (any, error) { return action.AppliesTo() })
		other := pod("")
		other.SetKind("Deployment")
		odd := pod("")
		odd.Object["spec"] = map[string]any{"volumes": []any{"text", nil, map[string]any{"persistentVolumeClaim": map[string]any{"claimName": int64(7)}}}}
		items := map[string]*unstructured.Unstructured{"pod": pod(""), "other kind": other, "odd volumes": odd}
		for _, name := range sorted(items) {
			h.call(name, func() (any, error) {
				related, err := action.GetRelatedItems(items[name], backupObject(nil))
				return identifiers(related), err
			})
		}
	})
}

func TestExampleLogs(t *testing.T) {
	compare(t, example, func(h *host) {
		store := h.objectStore("object-store-plugin")
		_ = store.Init(map[string]string{"bucket": "b", "secret": "not to be logged"})
		_ = store.PutObject("b", "k", strings.NewReader("x"))
		_, _ = store.ListObjects("b", "p")
		_, _ = store.ListCommonPrefixes("b", "p", "/")
		_, _ = store.CreateSignedURL("b", "k", time.Hour)
		snapshotter := h.volumeSnapshotter("volume-snapshotter-plugin")
		_ = snapshotter.Init(map[string]string{"secret": "not to be logged"})
		_, _ = snapshotter.CreateVolumeFromSnapshot("s", "t", "z", pointer(int64(5)))
		_, _ = snapshotter.CreateVolumeFromSnapshot("s", "t", "z", nil)
		_, _, _ = snapshotter.GetVolumeInfo("v", "z")
		_ = snapshotter.DeleteSnapshot("s")
		for _, record := range comparableRecords(h.logs.waitFor(t, "DeleteSnapshot called")) {
			h.note(fmt.Sprintf("%d %s", len(h.names), record.Message), record)
		}
	})
}
