package conformance

import (
	"strings"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	v1 "github.com/vmware-tanzu/velero/pkg/apis/velero/v1"
	"github.com/vmware-tanzu/velero/pkg/plugin/generated"
)

// An action receives all fields of the server's Backup.
func TestBackupAsTheActionSeesIt(t *testing.T) {
	backups := map[string]*v1.Backup{
		"empty": {},
		"named": backupObject(nil),
		"full":  fullBackup(),
		"no":    backupObject(func(backup *v1.Backup) { backup.Spec.SnapshotVolumes = pointer(false) }),
		"short": backupObject(func(backup *v1.Backup) { backup.Spec.TTL.Duration = 1500 * time.Millisecond }),
	}
	compare(t, probe, func(h *host) {
		for _, name := range sorted(backups) {
			h.call(name, func() (any, error) {
				item, _, err := h.backupAction("backup-item-action").Execute(pod("echo-backup"), backups[name])
				return echo(content(item), "backup"), err
			})
		}
	})
}

func TestRestoreAsTheActionSeesIt(t *testing.T) {
	restores := map[string]*v1.Restore{"empty": {}, "named": restoreObject(nil), "full": fullRestore()}
	compare(t, probe, func(h *host) {
		for _, name := range sorted(restores) {
			h.call(name, func() (any, error) {
				output, err := h.restoreAction("restore-item-action").Execute(restoreInput(pod("echo-restore"), restores[name]))
				if err != nil {
					return nil, err
				}
				return echo(content(output.UpdatedItem), "restore"), nil
			})
		}
	})
}

// Tests Backups as written by other versions of Velero, or by users.
func TestUnusualBackups(t *testing.T) {
	backups := map[string]string{
		"null":                  `null`,
		"unknown fields":        `{"kind":"Backup","metadata":{"name":"n"},"spec":{"unknown":{"a":1}},"later":true}`,
		"nulls":                 `{"metadata":{"name":"n","labels":null,"creationTimestamp":null},"spec":{"ttl":null,"includedNamespaces":null,"hooks":{"resources":null}},"status":null}`,
		"no status":             `{"metadata":{"name":"n"},"spec":{"ttl":"720h0m0s"}}`,
		"unknown phase":         `{"status":{"phase":"LaterInvented"}}`,
		"time with offset":      `{"status":{"startTimestamp":"2024-05-06T07:08:09+02:00"}}`,
		"time with fraction":    `{"status":{"startTimestamp":"2024-05-06T07:08:09.123456Z"}}`,
		"malformed time":        `{"status":{"startTimestamp":"yesterday"}}`,
		"malformed ttl":         `{"spec":{"ttl":"soon"}}`,
		"ttl a number":          `{"spec":{"ttl":5}}`,
		"negative ttl":          `{"spec":{"ttl":"-1h"}}`,
		"text for a list":       `{"spec":{"includedNamespaces":"one"}}`,
		"text for a number":     `{"status":{"errors":"7"}}`,
		"fraction for a number": `{"status":{"errors":7.5}}`,
		"names in capitals":     `{"SPEC":{"TTL":"1h"},"Metadata":{"NAME":"n"}}`,
	}
	compareRaw(t, probe, func(raw *rawPlugin) {
		client := generated.NewBackupItemActionClient(raw.conn)
		for _, name := range sorted(backups) {
			raw.call(name, func() (any, error) {
				answer, err := client.Execute(limited(t), &generated.ExecuteRequest{
					Plugin: "probe.plugwright.dev/backup-item-action",
					Item:   []byte(withDoInBytes(`{"kind":"X"}`, "echo-backup")),
					Backup: []byte(backups[name]),
				})
				if err != nil {
					return nil, err
				}
				return echo(fromJSON(t, answer.Item), "backup"), nil
			})
		}
	})
}

// echo returns the lines that the probe wrote to the item's annotation.
func echo(item any, what string) any {
	fields, _ := item.(map[string]any)
	metadata, _ := fields["metadata"].(map[string]any)
	annotations, _ := metadata["annotations"].(map[string]any)
	text, _ := annotations["probe.plugwright.dev/"+what].(string)
	return strings.Split(text, "\n")
}

func fullBackup() *v1.Backup {
	return backupObject(func(backup *v1.Backup) {
		backup.UID = "0c3e4d4e-5b8f-4d5c-9f5e-111111111111"
		backup.Labels = map[string]string{"velero.io/storage-location": "default", "empty": ""}
		backup.Annotations = map[string]string{"velero.io/source-cluster-k8s-major-version": "1", "note": "ümläut"}
		backup.CreationTimestamp = at(0)
		backup.Spec = v1.BackupSpec{
			IncludedNamespaces:             []string{"shop", "*"},
			ExcludedNamespaces:             []string{"kube-system"},
			IncludedResources:              []string{"pods", "deployments.apps"},
			ExcludedResources:              []string{"events"},
			IncludedClusterScopedResources: []string{"persistentvolumes"},
			LabelSelector: &metav1.LabelSelector{
				MatchLabels:      map[string]string{"app": "web"},
				MatchExpressions: []metav1.LabelSelectorRequirement{{Key: "tier", Operator: metav1.LabelSelectorOpExists}},
			},
			OrLabelSelectors: []*metav1.LabelSelector{{MatchLabels: map[string]string{"a": "b"}}, {}},
			SnapshotVolumes:  pointer(true),
			TTL:              metav1.Duration{Duration: 720*time.Hour + 30*time.Minute},
			Hooks: v1.BackupHooks{Resources: []v1.BackupResourceHookSpec{{
				Name: "freeze",
				PreHooks: []v1.BackupResourceHook{{Exec: &v1.ExecHook{
					Container: "db", Command: []string{"/bin/sync", "now"}, OnError: v1.HookErrorModeFail, Timeout: metav1.Duration{Duration: 3 * time.Minute},
				}}},
			}}},
			StorageLocation:          "default",
			VolumeSnapshotLocations:  []string{"aws", "gcp"},
			DefaultVolumesToFsBackup: pointer(false),
			OrderedResources:         map[string]string{"pods": "shop/a,shop/b"},
			CSISnapshotTimeout:       metav1.Duration{Duration: 10 * time.Minute},
			ItemOperationTimeout:     metav1.Duration{Duration: 4 * time.Hour},
			IncludeClusterResources:  pointer(true),
			SnapshotMoveData:         pointer(false),
		}
		backup.Status = v1.BackupStatus{
			Version:             1,
			FormatVersion:       "1.1.0",
			Phase:               v1.BackupPhaseInProgress,
			ValidationErrors:    []string{"one", "two"},
			StartTimestamp:      pointer(at(1)),
			CompletionTimestamp: pointer(at(2)),
			Expiration:          pointer(at(3)),
			Warnings:            3,
			Errors:              4,
			FailureReason:       "none",
			Progress:            &v1.BackupProgress{TotalItems: 50, ItemsBackedUp: 20},
		}
	})
}

func fullRestore() *v1.Restore {
	return restoreObject(func(restore *v1.Restore) {
		restore.Labels = map[string]string{"a": "b"}
		restore.CreationTimestamp = at(0)
		restore.Spec = v1.RestoreSpec{
			BackupName:             "nightly",
			ScheduleName:           "daily",
			IncludedNamespaces:     []string{"shop"},
			ExcludedResources:      []string{"nodes", "events"},
			NamespaceMapping:       map[string]string{"shop": "shop-2", "b": "c"},
			LabelSelector:          &metav1.LabelSelector{MatchLabels: map[string]string{"app": "web"}},
			RestorePVs:             pointer(true),
			PreserveNodePorts:      pointer(false),
			ExistingResourcePolicy: v1.PolicyTypeUpdate,
			ItemOperationTimeout:   metav1.Duration{Duration: 90 * time.Second},
		}
		restore.Status = v1.RestoreStatus{
			Phase:          v1.RestorePhaseInProgress,
			StartTimestamp: pointer(at(1)),
			Warnings:       5,
			Progress:       &v1.RestoreProgress{TotalItems: 9, ItemsRestored: 3},
		}
	})
}

func at(minutes int) metav1.Time {
	return metav1.Date(2024, 5, 6, 7, 8+minutes, 9, 0, time.UTC)
}

func pointer[T any](value T) *T { return &value }
