// Bench measures the example plugins for Velero in Rust and in Go, and a bare tonic server, with the client code of Velero and
// go-plugin.
package main

import (
	"fmt"
	"os"
	"strings"

	"plugwright.dev/bench/host"
	"plugwright.dev/bench/table"
)

const toExit = "start, list, exit"

// sizeOf measures an additional binary.
func sizeOf(which string) func(table.Plugin) ([]float64, error) {
	return func(plugin table.Plugin) ([]float64, error) {
		size, err := table.Size(plugin.Also[which])
		return []float64{size}, err
	}
}

func main() {
	if len(os.Args) > 1 {
		switch os.Args[1] {
		case "repeat":
			if err := repeat(os.Args[2:]); err != nil {
				fmt.Fprintln(os.Stderr, "error:", err)
				os.Exit(1)
			}
			return
		case "growth":
			os.Args = append(os.Args[:1], os.Args[2:]...)
			table.Main(growth(), nil)
			return
		}
	}
	measures := []table.Measure{
		{
			Figures: []table.Figure{
				{Name: toExit, Unit: "ms", Less: true, Main: true},
				{Name: "start, list", Unit: "ms", Less: true},
			},
			Rounds: 31, Take: startToExit(8, ""),
		},
		{Figures: []table.Figure{{Name: "start, first Execute", Unit: "ms", Less: true, Main: true}}, Rounds: 21, Take: startToExecute},
		{Figures: []table.Figure{{Name: "start to handshake line", Unit: "ms", Less: true}}, Rounds: 31, Take: startToLine},
		{
			Figures: []table.Figure{
				{Name: "50 plugins in one binary: start, list, exit", Unit: "ms", Less: true},
				{Name: "50 plugins in one binary: start, list", Unit: "ms", Less: true, Main: true},
			},
			Rounds: 15, Needs: "many", Take: startToExit(50, "many"),
		},
		{
			Figures: []table.Figure{
				{Name: "memory after the list", Unit: "MiB", Less: true, Main: true},
				{Name: "memory after 1,000 calls", Unit: "MiB", Less: true, Main: true},
			},
			Rounds: 5, Take: memory,
		},
		{
			Figures: []table.Figure{
				{Name: "PutObject of 1 GiB", Unit: "MiB/s", Main: true},
				{Name: "GetObject of 1 GiB", Unit: "MiB/s", Main: true},
				{Name: "peak memory, 1 GiB each way", Unit: "MiB", Less: true, Main: true},
				{Name: "CPU for 1 GiB each way", Unit: "s", Less: true},
			},
			Rounds: 3, Take: objects(1<<30, 1),
		},
		{
			Figures: []table.Figure{{Name: "PutObject of 1 MiB", Unit: "MiB/s"}, {Name: "GetObject of 1 MiB", Unit: "MiB/s"}},
			Rounds:  5, Take: objects(1<<20, 64),
		},
		{
			Figures: []table.Figure{{Name: "PutObject of 1 KiB", Unit: "MiB/s"}, {Name: "GetObject of 1 KiB", Unit: "MiB/s"}},
			Rounds:  5, Take: objects(1<<10, 500),
		},
		table.Single(table.Figure{Name: "size, stripped, static", Unit: "MiB", Less: true, Main: true}, 1, table.Size),
		{
			Figures: []table.Figure{{Name: "one kind: size, stripped, static", Unit: "MiB", Less: true, Main: true}}, Rounds: 1, Needs: "one",
			Take: sizeOf("one"),
		},
		{
			Figures: []table.Figure{{Name: "one kind: memory after the list", Unit: "MiB", Less: true, Main: true}}, Rounds: 5, Needs: "one",
			Take: func(plugin table.Plugin) ([]float64, error) {
				example, err := host.StartExample(plugin.Also["one"])
				if err != nil {
					return nil, err
				}
				defer example.Remove()
				if _, err := example.Names(); err != nil {
					return nil, err
				}
				memory, err := table.Memory(example.PID())
				return []float64{memory}, err
			},
		},
		{
			Figures: []table.Figure{{Name: "size, stripped, dynamic", Unit: "MiB", Less: true}}, Rounds: 1, Needs: "dynamic",
			Take: sizeOf("dynamic"),
		},
	}
	for _, item := range items {
		for _, changed := range []bool{true, false} {
			for _, workers := range []int{1, 8, 64} {
				name := fmt.Sprintf("Execute, %s, %s, %d concurrent", item.name, map[bool]string{true: "changed", false: "unchanged"}[changed], workers)
				main := changed && workers != 8 && item.name != "1 KiB" || item.name == "1 KiB" && changed
				measures = append(measures, table.Measure{
					Figures: []table.Figure{
						{Name: name, Unit: "calls/s", Main: main},
						{Name: name + ", p50", Unit: "ms", Less: true},
						{Name: name + ", p99", Unit: "ms", Less: true},
						{Name: name + ", plugin CPU for 1,000 calls", Unit: "ms", Less: true, Main: main && workers == 1},
						{Name: name + ", peak memory", Unit: "MiB", Less: true},
					},
					Rounds: 3, Take: execution{item: item.value, changed: changed, workers: workers}.take,
				})
			}
		}
	}
	measures = append(measures, builds()...)
	table.Main(measures, func(report *table.Report) {
		report.MinusBaseline(toExit)
		for _, row := range report.Rows {
			if strings.HasPrefix(row.Figure.Name, toExit+" (") {
				row.Figure.Main = true
			}
		}
	})
}
