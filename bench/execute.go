package main

import (
	"fmt"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"

	v1 "github.com/vmware-tanzu/velero/pkg/apis/velero/v1"

	"plugwright.dev/bench/table"
)

// calling is the duration of the calls for a figure. A tenth of it precedes as a warm-up.
const calling = 300 * time.Millisecond

type item struct {
	name  string
	value *unstructured.Unstructured
}

// items returns a Pod of typical size, a Pod with large annotations and many containers, and a ConfigMap of the maximum size.
func items() []item {
	many := func(keys, size int) map[string]any {
		data := map[string]any{}
		for n := range keys {
			data[fmt.Sprintf("key-%04d", n)] = strings.Repeat("x", size)
		}
		return data
	}
	return []item{{"1 KiB", pod(nil)}, {"20 KiB", pod(many(200, 80))}, {"1 MiB", pod(many(1024, 1010))}}
}

// executes calls an action that sets an annotation, or finds it already set.
func executes(item item, changed bool, workers int) func(table.Plugin) ([]float64, error) {
	return func(plugin table.Plugin) ([]float64, error) {
		example, err := startExample(plugin.Binary)
		if err != nil {
			return nil, err
		}
		defer example.kill()
		value := item.value.DeepCopy()
		if !changed {
			annotations := value.GetAnnotations()
			annotations["velero.io/my-backup-plugin"] = "1"
			value.SetAnnotations(annotations)
		}
		call := func() error {
			_, err := example.execute(value)
			return err
		}
		// Go's framework creates the handler for the first call, without a lock: concurrent first calls can end its process.
		if err := call(); err != nil {
			return nil, err
		}
		if _, err := table.AtOnce(workers, calling/10, call); err != nil {
			return nil, err
		}
		before, err := table.CPU(example.PID())
		if err != nil {
			return nil, err
		}
		calls, err := table.AtOnce(workers, calling, call)
		if err != nil {
			return nil, err
		}
		after, err := table.CPU(example.PID())
		if err != nil {
			return nil, err
		}
		cpu := (after - before).Seconds() * 1000 / float64(calls.Number) * 1000
		return []float64{calls.PerSecond, calls.P50, calls.P99, cpu}, nil
	}
}

func (e *example) execute(item *unstructured.Unstructured) (runtime.Unstructured, error) {
	updated, _, err := e.action.Execute(item, backup)
	return updated, err
}

// pod returns a Pod of typical size, with additional annotations.
func pod(data map[string]any) *unstructured.Unstructured {
	annotations := map[string]any{"a": "1", "b": "2"}
	for key, value := range data {
		annotations[key] = value
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

var backup = &v1.Backup{}
