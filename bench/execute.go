package main

import (
	"time"

	v1 "github.com/vmware-tanzu/velero/pkg/apis/velero/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"plugwright.dev/bench/host"
	"plugwright.dev/bench/table"
)

// calling is the duration of the calls for a figure. A tenth of it precedes as a warm-up.
const calling = 300 * time.Millisecond

type item struct {
	name  string
	value *unstructured.Unstructured
}

var items = []item{{"1 KiB", host.Pod()}, {"20 KiB", host.PodOf20KiB()}, {"1 MiB", host.PodOf1MiB()}}

// An execution is many calls to an action that sets an annotation, or finds it already set.
type execution struct {
	item    *unstructured.Unstructured
	changed bool
	workers int
	// backup is the Backup of each call. The default is an empty one.
	backup *v1.Backup
}

// take returns the calls per second, their latencies p50 and p99, the CPU time for 1,000 calls, and the peak memory.
func (e execution) take(plugin table.Plugin) ([]float64, error) {
	example, err := host.StartExample(plugin.Binary)
	if err != nil {
		return nil, err
	}
	defer example.Remove()
	if e.backup != nil {
		example.Backup = e.backup
	}
	value := e.item.DeepCopy()
	if !e.changed {
		annotations := value.GetAnnotations()
		annotations[host.Annotation] = "1"
		value.SetAnnotations(annotations)
	}
	call := func() error {
		_, err := example.Execute(value)
		return err
	}
	// Go's framework creates the handler for the first call, without a lock: concurrent first calls can end its process.
	if err := call(); err != nil {
		return nil, err
	}
	if _, err := table.AtOnce(e.workers, calling/10, call); err != nil {
		return nil, err
	}
	before, err := table.CPU(example.PID())
	if err != nil {
		return nil, err
	}
	calls, err := table.AtOnce(e.workers, calling, call)
	if err != nil {
		return nil, err
	}
	after, err := table.CPU(example.PID())
	if err != nil {
		return nil, err
	}
	cpu := (after - before).Seconds() * 1000 / float64(calls.Number) * 1000
	peak, err := table.PeakMemory(example.PID())
	return []float64{calls.PerSecond, calls.P50, calls.P99, cpu, peak}, err
}
