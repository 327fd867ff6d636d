package main

import (
	"fmt"
	"strings"

	v1 "github.com/vmware-tanzu/velero/pkg/apis/velero/v1"

	"plugwright.dev/bench/host"
	"plugwright.dev/bench/table"
)

// growth measures how time and memory grow with the number of plugins and concurrent calls, and with the sizes of items, Backups
// and objects.
func growth() []table.Measure {
	const kib, mib, gib = 1 << 10, 1 << 20, 1 << 30
	measures := []table.Measure{}
	for _, number := range []int{1, 10, 50, 200} {
		name := fmt.Sprintf("Plugins in one binary: %d; ", number)
		measures = append(measures, table.Measure{
			Figures: []table.Figure{
				{Name: name + "start, list", Unit: "ms", Less: true, Main: true},
				{Name: name + "memory after the list", Unit: "MiB", Less: true, Main: true},
			},
			Rounds: 15, Needs: "many", Take: plugins(number),
		})
	}
	executes := func(name string, of execution, columns ...string) {
		measures = append(measures, table.Measure{
			Figures: []table.Figure{
				{Name: name, Unit: "calls/s", Main: true},
				{Name: name + ", p50", Unit: "ms", Less: true},
				{Name: name + ", p99", Unit: "ms", Less: true},
				{Name: name + ", plugin CPU for 1,000 calls", Unit: "ms", Less: true, Main: true},
				{Name: name + ", peak memory", Unit: "MiB", Less: true, Main: true},
			},
			Rounds: 3, Columns: columns, Take: of.take,
		})
	}
	for _, workers := range []int{1, 4, 16, 64, 256} {
		executes(fmt.Sprintf("Execute, %d concurrent, 1 KiB", workers), execution{item: host.Pod(), changed: true, workers: workers})
	}
	for _, size := range []int{32 * kib, 256 * kib, mib, 3 * mib} {
		executes("Execute, "+inUnits(size)+" item", execution{item: host.PodOf(size), changed: true, workers: 1})
	}
	// gRPC servers in Go accept at most 4 MiB by default, also go-plugin's.
	for _, size := range []int{8 * mib, 32 * mib} {
		executes("Execute, "+inUnits(size)+" item", execution{item: host.PodOf(size), changed: true, workers: 1}, table.Rust, table.Baseline, table.Earlier)
	}
	for _, workers := range []int{1, 64} {
		name := fmt.Sprintf("Execute, 1 KiB item and Backup of 1 MiB, %d concurrent", workers)
		executes(name, execution{item: host.Pod(), changed: true, workers: workers, backup: largeBackup()})
	}
	for _, object := range []struct{ size, number, rounds int }{
		// Nothing is sent for an empty object: its key is unknown to plugins, also to Go's.
		{1, 500, 3}, {kib, 500, 3}, {mib, 64, 3}, {100 * mib, 3, 3}, {gib, 1, 3}, {10 * gib, 1, 1},
	} {
		name := "of " + inUnits(object.size)
		measures = append(measures, table.Measure{
			Figures: []table.Figure{
				{Name: "PutObject " + name, Unit: "ms", Less: true, Main: true},
				{Name: "GetObject " + name, Unit: "ms", Less: true, Main: true},
				{Name: "PutObject and GetObject " + name + ", peak memory", Unit: "MiB", Less: true, Main: true},
			},
			Rounds: object.rounds, Take: objectTimes(int64(object.size), object.number),
		})
	}
	return measures
}

// inUnits returns a size in words.
func inUnits(size int) string {
	for n, unit := range []string{"GiB", "MiB", "KiB"} {
		if of := 1 << (30 - 10*n); size >= of {
			return fmt.Sprintf("%d %s", size/of, unit)
		}
	}
	return fmt.Sprintf("%d B", size)
}

// largeBackup is a Backup of 1 MiB, the maximum of an object.
func largeBackup() *v1.Backup {
	backup := &v1.Backup{}
	for n := range 16 << 10 {
		backup.Spec.IncludedNamespaces = append(backup.Spec.IncludedNamespaces, fmt.Sprintf("namespace-%05d-%s", n, strings.Repeat("x", 45)))
	}
	return backup
}

// plugins starts a binary with a number of plugins, and returns the time until they are listed, and the memory then.
func plugins(number int) func(table.Plugin) ([]float64, error) {
	return func(plugin table.Plugin) ([]float64, error) {
		return started(plugin.Also["many"], number, fmt.Sprintf("BENCH_PLUGINS=%d", number))
	}
}
