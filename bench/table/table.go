// Package table takes figures of the same plugin in Rust and in Go, and of the least that a plugin can be, and prints
// them side by side.
//
// Every figure of the one is taken next to the same figure of the others, in turns, so that what counts is the ratio: the
// machine's own speed, and its mood, are in all of them.
package table

import (
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"
)

// MiB is how many bytes are one.
const MiB = 1 << 20

// A Plugin is one column.
type Plugin struct {
	Name string
	// Binary is as it would be deployed; the others are given by -also.
	Binary string
	Also   map[string]string
}

// A Figure is one line of the table.
type Figure struct {
	Name string
	Unit string
	// Less tells whether less is better.
	Less bool
	// Main figures are written to docs/performance.md.
	Main bool
}

// A Measure takes figures, all of them at once.
type Measure struct {
	Figures []Figure
	// Rounds is how often it is taken of each; the medians are compared.
	Rounds int
	// Only the columns that have it take part; empty is the binary itself.
	Needs string
	Take  func(plugin Plugin) ([]float64, error)
	// Columns leaves out those that have nothing to say.
	Columns []string
}

// Single is a measure of one figure, of the binary.
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

// Main reads the flags, takes the figures and prints the table. `derived` adds lines that are made of others.
func Main(measures []Measure, derived func(*Report)) {
	rust := flag.String("rust", "", "the Rust plugin binary")
	golang := flag.String("go", "", "the Go plugin binary")
	baseline := flag.String("baseline", "", "the binary of the least that a plugin can be")
	earlier := flag.String("earlier", "", "the Rust plugin binary of an earlier revision")
	also := flag.String("also", "", "further binaries, such as `rust.dynamic=FILE,go.fifty=FILE`")
	only := flag.String("only", "", "only figures whose names begin so")
	json := flag.String("json", "", "a file for all figures as JSON")
	write := flag.String("write", "", "a file in which the main figures are put between two marks")
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
		err = report.writeBetweenMarks(*write)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(measures []Measure, plugins []Plugin, only string) (*Report, error) {
	report := newReport(plugins)
	for _, m := range measures {
		if !slices.ContainsFunc(m.Figures, func(f Figure) bool { return strings.HasPrefix(f.Name, only) }) {
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

// Milliseconds is how many have gone by.
func Milliseconds(since time.Time) float64 {
	return float64(time.Since(since).Microseconds()) / 1000
}
