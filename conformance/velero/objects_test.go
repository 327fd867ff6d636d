package conformance

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	v1 "github.com/vmware-tanzu/velero/pkg/apis/velero/v1"
	"github.com/vmware-tanzu/velero/pkg/plugin/velero"
)

const doAnnotation = "probe.plugwright.dev/do"

// pod returns an item with all common fields, and the commands for the probe.
func pod(do string) *unstructured.Unstructured {
	item := &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "v1",
		"kind":       "Pod",
		"metadata": map[string]any{
			"name":              "web-0",
			"namespace":         "shop",
			"uid":               "3f1d5f5e-0b1c-4c59-9d0e-3c6b0a3b7f11",
			"resourceVersion":   "815",
			"creationTimestamp": "2024-05-06T07:08:09Z",
			"labels":            map[string]any{"app": "web", "tier": "front <&> end"},
			"annotations":       map[string]any{"note": "ümläuts and \"quotes\"\n"},
			"ownerReferences": []any{map[string]any{
				"apiVersion": "apps/v1", "kind": "StatefulSet", "name": "web", "uid": "1", "controller": true,
			}},
		},
		"spec": map[string]any{
			"containers": []any{
				map[string]any{"name": "web", "image": "nginx", "ports": []any{map[string]any{"containerPort": int64(80)}}},
			},
			"volumes": []any{
				map[string]any{"name": "data", "persistentVolumeClaim": map[string]any{"claimName": "data-web-0"}},
				map[string]any{"name": "tmp", "emptyDir": map[string]any{}},
				map[string]any{"name": "more", "persistentVolumeClaim": map[string]any{"claimName": "more-web-0"}},
				map[string]any{"name": "again", "persistentVolumeClaim": map[string]any{"claimName": "data-web-0"}},
			},
			"priority": int64(9007199254740993),
			"fraction": 0.25,
			"null":     nil,
		},
		"status": map[string]any{"phase": "Running"},
	}}
	return withDo(item, do)
}

func withDo(item *unstructured.Unstructured, do string) *unstructured.Unstructured {
	if do != "" {
		annotate(item, doAnnotation, do)
	}
	return item
}

func annotate(item *unstructured.Unstructured, name, value string) {
	annotations := item.GetAnnotations()
	if annotations == nil {
		annotations = map[string]string{}
	}
	annotations[name] = value
	item.SetAnnotations(annotations)
}

func persistentVolume(source map[string]any, do string) *unstructured.Unstructured {
	return withDo(&unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "v1",
		"kind":       "PersistentVolume",
		"metadata":   map[string]any{"name": "pv-1"},
		"spec":       source,
		"unknown":    map[string]any{"kept": []any{int64(1), "two", nil}},
	}}, do)
}

func backupObject(change func(*v1.Backup)) *v1.Backup {
	backup := &v1.Backup{
		TypeMeta:   metav1.TypeMeta{APIVersion: "velero.io/v1", Kind: "Backup"},
		ObjectMeta: metav1.ObjectMeta{Name: "nightly", Namespace: "velero"},
	}
	if change != nil {
		change(backup)
	}
	return backup
}

func restoreObject(change func(*v1.Restore)) *v1.Restore {
	restore := &v1.Restore{
		TypeMeta:   metav1.TypeMeta{APIVersion: "velero.io/v1", Kind: "Restore"},
		ObjectMeta: metav1.ObjectMeta{Name: "monday", Namespace: "velero"},
	}
	if change != nil {
		change(restore)
	}
	return restore
}

func restoreInput(item *unstructured.Unstructured, restore *v1.Restore) *velero.RestoreItemActionExecuteInput {
	fromBackup := pod("")
	fromBackup.SetName("as-backed-up")
	return &velero.RestoreItemActionExecuteInput{Item: item, ItemFromBackup: fromBackup, Restore: restore}
}

func ago(duration time.Duration) *metav1.Time {
	// Velero's timestamps have a resolution of seconds.
	return &metav1.Time{Time: time.Now().Add(-duration).Truncate(time.Second)}
}

func jsonOf(t *testing.T, value any) []byte {
	t.Helper()
	encoded, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	return encoded
}

// identifiers formats resource identifiers.
func identifiers(items []velero.ResourceIdentifier) []string {
	var texts []string
	for _, item := range items {
		texts = append(texts, fmt.Sprintf("%s/%s/%s/%s", item.Group, item.Resource, item.Namespace, item.Name))
	}
	return texts
}

// kindOnly returns the smallest valid item.
func kindOnly() *unstructured.Unstructured {
	return &unstructured.Unstructured{Object: map[string]any{"kind": "Thing"}}
}
