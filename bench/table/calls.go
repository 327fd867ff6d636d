package table

import (
	"slices"
	"sync"
	"time"
)

// Calls is the result of many calls.
type Calls struct {
	PerSecond float64
	// P50 and P99 are latencies in milliseconds.
	P50, P99 float64
	Number   int
}

// AtOnce makes calls from several goroutines for a duration.
func AtOnce(workers int, long time.Duration, call func() error) (Calls, error) {
	var all []time.Duration
	var failed error
	var lock sync.Mutex
	var done sync.WaitGroup
	start := time.Now()
	for range workers {
		done.Go(func() {
			var took []time.Duration
			var err error
			for err == nil && time.Since(start) < long {
				begin := time.Now()
				err = call()
				took = append(took, time.Since(begin))
			}
			lock.Lock()
			defer lock.Unlock()
			all = append(all, took...)
			if err != nil {
				failed = err
			}
		})
	}
	done.Wait()
	elapsed := time.Since(start)
	if failed != nil {
		return Calls{}, failed
	}
	slices.Sort(all)
	at := func(part float64) float64 { return float64(all[int(part*float64(len(all)-1))].Microseconds()) / 1000 }
	return Calls{PerSecond: float64(len(all)) / elapsed.Seconds(), P50: at(0.5), P99: at(0.99), Number: len(all)}, nil
}
