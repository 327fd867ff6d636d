package main

import (
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"plugwright.dev/bench/host"
)

// latencies of calls one after the other.
type latencies []time.Duration

func (l latencies) at(part float64) time.Duration {
	sorted := slices.Sorted(slices.Values(l))
	return sorted[int(part*float64(len(sorted)-1))]
}

// sample makes calls with small items one after the other, and records their latencies.
func (s *side) sample(number int, took *latencies) error {
	item := host.Pod()
	for range number {
		s.made++
		start := time.Now()
		if err := s.call(item, s.made); err != nil {
			return err
		}
		*took = append(*took, time.Since(start))
	}
	return nil
}

// mixed makes a tenth of the calls one after the other, and the others 8 and 64 at a time. Every tenth item has 20 KiB.
func (s *side) mixed(number int) error {
	one, eight := number/10, number*45/100
	for _, part := range []struct{ calls, workers int }{{one, 1}, {eight, 8}, {number - one - eight, 64}} {
		if err := s.concurrent(part.calls, part.workers); err != nil {
			return err
		}
	}
	return nil
}

func (s *side) concurrent(calls, workers int) error {
	var next atomic.Int64
	var failed error
	var lock sync.Mutex
	var done sync.WaitGroup
	for range workers {
		done.Go(func() {
			small, large := host.Pod(), host.PodOf20KiB()
			for n := int(next.Add(1)); n <= calls; n = int(next.Add(1)) {
				item := small
				if n%10 == 0 {
					item = large
				}
				if err := s.call(item, s.made+n); err != nil {
					lock.Lock()
					defer lock.Unlock()
					failed = err
					return
				}
			}
		})
	}
	done.Wait()
	s.made += calls
	return failed
}

// call makes a call with an item of this number, and expects it back with the annotation.
func (s *side) call(item *unstructured.Unstructured, number int) error {
	name := fmt.Sprintf("web-%d", number)
	item.SetName(name)
	updated, err := s.example.Execute(item)
	if err != nil {
		return fmt.Errorf("call %d: %w", number, err)
	}
	result := &unstructured.Unstructured{Object: updated.UnstructuredContent()}
	annotation, _, err := unstructured.NestedString(result.Object, "metadata", "annotations", host.Annotation)
	if err != nil || result.GetName() != name || annotation != "1" {
		return fmt.Errorf("call %d: expected %s with %s, found %s with %q", number, name, host.Annotation, result.GetName(), annotation)
	}
	return nil
}
