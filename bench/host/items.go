package host

import (
	"fmt"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// Annotation is set to "1" by the action of an Example.
const Annotation = "velero.io/my-backup-plugin"

// Pod returns a Pod of about 1 KiB, which is a typical size.
func Pod() *unstructured.Unstructured { return pod(0, 0) }

// PodOf20KiB returns a Pod with large annotations, as left by `kubectl apply`.
func PodOf20KiB() *unstructured.Unstructured { return pod(200, 80) }

// PodOf1MiB returns a Pod of the maximum size of an object.
func PodOf1MiB() *unstructured.Unstructured { return PodOf(1 << 20) }

// PodOf returns a Pod of about this size.
func PodOf(size int) *unstructured.Unstructured { return pod(size/1024, 1010) }

// pod returns a Pod with this number of additional annotations, each of this size.
func pod(number, size int) *unstructured.Unstructured {
	annotations := map[string]any{"a": "1", "b": "2"}
	for n := range number {
		annotations[fmt.Sprintf("key-%04d", n)] = strings.Repeat("x", size)
	}
	container := map[string]any{
		"name": "web", "image": "registry.example.io/web:1.2.3", "ports": []any{map[string]any{"containerPort": int64(8080)}},
		"env":       []any{map[string]any{"name": "LEVEL", "value": "info"}},
		"resources": map[string]any{"limits": map[string]any{"cpu": "500m", "memory": "128Mi"}},
	}
	return &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "v1", "kind": "Pod",
		"metadata": map[string]any{
			"name": "web-0", "namespace": "shop", "uid": "6fd0b4a6-77a1-4a4a-8d36-1f5dd0f6f7a8",
			"labels": map[string]any{"app": "web", "tier": "front"}, "annotations": annotations,
		},
		"spec":   map[string]any{"containers": []any{container, container, container}, "nodeName": "node-1"},
		"status": map[string]any{"phase": "Running", "podIP": "10.0.0.7"},
	}}
}
