package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	v1 "github.com/vmware-tanzu/velero/pkg/apis/velero/v1"

	"plugwright.dev/bench/table"
)

// startToListed is what Velero's server waits for at its start, for each binary.
func startToListed(binary string) (float64, error) {
	start := time.Now()
	host, err := startHost(binary)
	if err != nil {
		return 0, err
	}
	defer host.kill()
	if err := host.list(); err != nil {
		return 0, err
	}
	return table.Milliseconds(start), nil
}

// startToLine leaves out what the host itself needs.
func startToLine(binary string) (float64, error) {
	return table.StartToLine(binary, "VELERO_PLUGIN=hello", "PLUGIN_PROTOCOL_VERSIONS=2")
}

func memoryAfterCall(binary string) (float64, error) {
	host, err := startHost(binary)
	if err != nil {
		return 0, err
	}
	defer host.kill()
	if _, err := host.execute(smallItem(), 1); err != nil {
		return 0, err
	}
	return host.memory()
}

func memoryAfterObjects(object []byte) func(string) (float64, error) {
	return func(binary string) (float64, error) {
		host, err := startStore(binary)
		if err != nil {
			return 0, err
		}
		defer host.kill()
		if _, err := host.put(object); err != nil {
			return 0, err
		}
		if _, err := host.get(len(object)); err != nil {
			return 0, err
		}
		return host.memory()
	}
}

// executes calls from so many goroutines, so often in all.
func executes(workers, calls int) func(string) (float64, error) {
	return func(binary string) (float64, error) {
		host, err := startHost(binary)
		if err != nil {
			return 0, err
		}
		defer host.kill()
		item := smallItem()
		if _, err := host.execute(item, calls/10); err != nil {
			return 0, err
		}
		return table.AtOnce(workers, calls, func() error {
			_, err := host.execute(item, 1)
			return err
		})
	}
}

func largeExecutes(calls int) func(string) (float64, error) {
	return func(binary string) (float64, error) {
		host, err := startHost(binary)
		if err != nil {
			return 0, err
		}
		defer host.kill()
		item := smallItem()
		data := map[string]any{}
		for n := range 1024 {
			data[fmt.Sprintf("key-%04d", n)] = strings.Repeat("x", 1010)
		}
		item.Object["data"] = data
		start := time.Now()
		if _, err := host.execute(item, calls); err != nil {
			return 0, err
		}
		return float64(calls) / time.Since(start).Seconds(), nil
	}
}

func put(object []byte) func(string) (float64, error) {
	return func(binary string) (float64, error) {
		host, err := startStore(binary)
		if err != nil {
			return 0, err
		}
		defer host.kill()
		took, err := host.put(object)
		return float64(len(object)) / table.MiB / took.Seconds(), err
	}
}

func get(object []byte) func(string) (float64, error) {
	return func(binary string) (float64, error) {
		host, err := startStore(binary)
		if err != nil {
			return 0, err
		}
		defer host.kill()
		if err := os.WriteFile(filepath.Join(host.root, "bucket", "object"), object, 0o600); err != nil {
			return 0, err
		}
		took, err := host.get(len(object))
		return float64(len(object)) / table.MiB / took.Seconds(), err
	}
}

func (h *host) put(object []byte) (time.Duration, error) {
	start := time.Now()
	err := h.store.PutObject("bucket", "object", bytes.NewReader(object))
	return time.Since(start), err
}

func (h *host) get(length int) (time.Duration, error) {
	start := time.Now()
	body, err := h.store.GetObject("bucket", "object")
	if err != nil {
		return 0, err
	}
	read, err := io.Copy(io.Discard, body)
	if err != nil {
		return 0, err
	}
	if read != int64(length) {
		return 0, fmt.Errorf("read %d of %d bytes", read, length)
	}
	return time.Since(start), body.Close()
}

// smallItem is a Pod of the usual size.
func smallItem() *unstructured.Unstructured {
	container := map[string]any{
		"name": "web", "image": "registry.example.io/web:1.2.3", "ports": []any{map[string]any{"containerPort": int64(8080)}},
		"env":       []any{map[string]any{"name": "LEVEL", "value": "info"}},
		"resources": map[string]any{"limits": map[string]any{"cpu": "500m", "memory": "128Mi"}},
	}
	return &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "v1", "kind": "Pod",
		"metadata": map[string]any{
			"name": "web-0", "namespace": "shop", "uid": "6fd0b4a6-77a1-4a4a-8d36-1f5dd0f6f7a8",
			"labels": map[string]any{"app": "web", "tier": "front"}, "annotations": map[string]any{"a": "1", "b": "2"},
		},
		"spec":   map[string]any{"containers": []any{container, container, container}, "nodeName": "node-1"},
		"status": map[string]any{"phase": "Running", "podIP": "10.0.0.7"},
	}}
}

var backup = &v1.Backup{}
