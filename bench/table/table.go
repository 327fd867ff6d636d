// Package table measures the same plugin in Rust and in Go, and a minimal plugin, and prints the figures side by side.
//
// The columns are measured in turns, so that the speed and load of the machine affect all of them equally. Compare the ratios.
package table

import (
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"
)

// MiB is the number of bytes in a MiB.
const MiB = 1 << 20

// A Plugin is a column.
type Plugin struct {
	Name string
	// Binary is the deployed binary. -also adds others.
	Binary string
	Also   map[string]string
}

// A Figure is a line of the table.
type Figure struct {
	Name string
	Unit string
	// Less reports whether lower is better.
	Less bool
	// Main figures are written to docs/performance.md.
	Main bool
}

// A Measure measures several figures together.
type Measure struct {
	Figures []Figure
	// Rounds is the number of measurements of each figure. Their medians are compared.
	Rounds int
	// Needs restricts the measure to columns with this additional binary. Empty is the deployed binary.
	Needs string
	Take  func(plugin Plugin) ([]float64, error)
	// Columns restricts the measure to these columns.
	Columns []string
}

// Single is a measure of one figure of the deployed binary.
func Single(figure Figure, rounds int, take func(binary string) (float64, error)) Measure {
	return Measure{Figures: []Figure{figure}, Rounds: rounds, Take: func(plugin Plugin) ([]float64, error) {
		value, err := take(plugin.Binary)
		return []float64{value}, err
	}}
}

// The columns. Baseline and Earlier, the Rust plugin of an earlier revision, are optional.
const (
	Rust     = "Rust"
	Go       = "Go"
	Baseline = "baseline"
	Earlier  = "earlier"
)

// Main parses the flags, measures the figures and prints the table. `derived` adds computed lines.
func Main(measures []Measure, derived func(*Report)) {
	rust := flag.String("rust", "", "the Rust plugin binary")
	golang := flag.String("go", "", "the Go plugin binary")
	baseline := flag.String("baseline", "", "the baseline binary")
	earlier := flag.String("earlier", "", "the Rust plugin binary of an earlier revision")
	also := flag.String("also", "", "further binaries, such as `rust.dynamic=FILE,go.many=FILE`")
	only := flag.String("only", "", "only figures with this name prefix")
	json := flag.String("json", "", "a file for all figures as JSON")
	write := flag.String("write", "", "a file in which to replace the table between the two markers of the host")
	host := flag.String("host", "", "the host in the markers")
	flag.Parse()
	if *rust == "" || *golang == "" {
		flag.Usage()
		os.Exit(2)
	}
	plugins := []Plugin{{Name: Rust, Binary: *rust}, {Name: Go, Binary: *golang}}
	if *baseline != "" {
		plugins = append(plugins, Plugin{Name: Baseline, Binary: *baseline})
	}
	if *earlier != "" {
		plugins = append(plugins, Plugin{Name: Earlier, Binary: *earlier})
	}
	for i := range plugins {
		plugins[i].Also = map[string]string{}
		for entry := range strings.SplitSeq(*also, ",") {
			key, file, _ := strings.Cut(entry, "=")
			if of, name, found := strings.Cut(key, "."); found && strings.EqualFold(of, plugins[i].Name) {
				plugins[i].Also[name] = file
			}
		}
	}
	report, err := run(measures, plugins, *only)
	if err == nil && derived != nil {
		derived(report)
	}
	if err == nil {
		fmt.Print("\n", report.Machine, "\n\n", report.Markdown(false))
	}
	if err == nil && *json != "" {
		err = report.writeJSON(*json)
	}
	if err == nil && *write != "" {
		text := fmt.Sprintf("%s, %s:\n\n%s", report.Machine, Today(), report.Markdown(true))
		err = WriteBetweenMarks(*write, *host, text)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// hasPrefix ignores the case.
func hasPrefix(name, prefix string) bool {
	return strings.HasPrefix(strings.ToLower(name), strings.ToLower(prefix))
}

func run(measures []Measure, plugins []Plugin, only string) (*Report, error) {
	report := newReport(plugins)
	for _, m := range measures {
		if !slices.ContainsFunc(m.Figures, func(f Figure) bool { return hasPrefix(f.Name, only) }) {
			continue
		}
		start := time.Now()
		rows := make([]*Row, len(m.Figures))
		for i, figure := range m.Figures {
			rows[i] = report.add(figure)
		}
		for range m.Rounds {
			for _, plugin := range plugins {
				if m.Columns != nil && !slices.Contains(m.Columns, plugin.Name) || m.Needs != "" && plugin.Also[m.Needs] == "" {
					continue
				}
				figures, err := m.Take(plugin)
				if err != nil {
					return nil, fmt.Errorf("%s of %s: %w", m.Figures[0].Name, plugin.Name, err)
				}
				for i, figure := range figures {
					rows[i].take(plugin.Name, figure)
				}
			}
		}
		fmt.Fprintf(os.Stderr, "%-60s %5.1f s\n", m.Figures[0].Name, time.Since(start).Seconds())
	}
	return report, nil
}

// Milliseconds returns the elapsed milliseconds.
func Milliseconds(since time.Time) float64 {
	return float64(time.Since(since).Microseconds()) / 1000
}
