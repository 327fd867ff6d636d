package table

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"
)

// A Report contains all measurements.
type Report struct {
	Machine string   `json:"machine"`
	Columns []string `json:"columns"`
	Rows    []*Row   `json:"rows"`
}

// A Row contains one figure of all columns.
type Row struct {
	Figure     Figure               `json:"figure"`
	Rounds     map[string][]float64 `json:"rounds"`
	Median     map[string]float64   `json:"median"`
	ToGo       *float64             `json:"rust_to_go,omitempty"`
	ToBaseline *float64             `json:"rust_to_baseline,omitempty"`
}

func newReport(plugins []Plugin) *Report {
	report := &Report{Machine: machine()}
	for _, plugin := range plugins {
		report.Columns = append(report.Columns, plugin.Name)
	}
	return report
}

func (r *Report) add(figure Figure) *Row {
	row := &Row{Figure: figure, Rounds: map[string][]float64{}, Median: map[string]float64{}}
	r.Rows = append(r.Rows, row)
	return row
}

func (r *Row) take(column string, figure float64) {
	r.Rounds[column] = append(r.Rounds[column], figure)
	sorted := slices.Sorted(slices.Values(r.Rounds[column]))
	r.Median[column] = sorted[len(sorted)/2]
	ratio := func(to string) *float64 {
		of, ok := r.Median[to]
		if _, ours := r.Median[Rust]; !ok || !ours || of == 0 {
			return nil
		}
		ratio := r.Median[Rust] / of
		return &ratio
	}
	r.ToGo, r.ToBaseline = ratio(Go), ratio(Baseline)
}

// MinusBaseline adds a row with the figure `name` minus the baseline's median, which is mostly the host's own work.
func (r *Report) MinusBaseline(name string) {
	at := slices.IndexFunc(r.Rows, func(row *Row) bool { return row.Figure.Name == name })
	if at < 0 || len(r.Rows[at].Rounds[Baseline]) == 0 {
		return
	}
	of := r.Rows[at]
	figure := of.Figure
	figure.Name += " (minus baseline)"
	row := &Row{Figure: figure, Rounds: map[string][]float64{}, Median: map[string]float64{}}
	for _, column := range []string{Rust, Go} {
		for _, figure := range of.Rounds[column] {
			row.take(column, figure-of.Median[Baseline])
		}
	}
	r.Rows = slices.Insert(r.Rows, at+1, row)
}

// Markdown returns the table, with `main` only the main figures without minimum and maximum.
func (r *Report) Markdown(main bool) string {
	var text strings.Builder
	titles := append([]string{"Figure (median)"}, r.Columns...)
	titles = append(titles, "Rust : Go")
	baseline := slices.Contains(r.Columns, Baseline)
	if baseline {
		titles = append(titles, "Rust : baseline")
	}
	titles = append(titles, "better is")
	text.WriteString("| " + strings.Join(titles, " | ") + " |\n" + strings.Repeat("|---", len(titles)) + "|\n")
	for _, row := range r.Rows {
		if main && !row.Figure.Main {
			continue
		}
		cells := []string{row.Figure.Name}
		for _, column := range r.Columns {
			cells = append(cells, row.cell(column, !main))
		}
		cells = append(cells, ratio(row.ToGo))
		if baseline {
			cells = append(cells, ratio(row.ToBaseline))
		}
		better := "higher"
		if row.Figure.Less {
			better = "lower"
		}
		text.WriteString("| " + strings.Join(append(cells, better), " | ") + " |\n")
	}
	return text.String()
}

func (r *Row) cell(column string, spread bool) string {
	rounds := r.Rounds[column]
	if len(rounds) == 0 {
		return ""
	}
	cell := number(r.Median[column]) + " " + r.Figure.Unit
	if low, high := slices.Min(rounds), slices.Max(rounds); spread && low != high {
		cell += fmt.Sprintf(" (%s–%s)", number(low), number(high))
	}
	return cell
}

func number(figure float64) string {
	switch {
	case figure >= 100 || figure <= -100:
		return fmt.Sprintf("%.0f", figure)
	case figure >= 10 || figure <= -10:
		return fmt.Sprintf("%.1f", figure)
	default:
		return fmt.Sprintf("%.2f", figure)
	}
}

func ratio(of *float64) string {
	if of == nil {
		return ""
	}
	return fmt.Sprintf("%.2f", *of)
}

func (r *Report) writeJSON(file string) error {
	text, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(file, append(text, '\n'), 0o644)
}

const begin, end = "<!-- bench: begin -->\n", "<!-- bench: end -->"

func (r *Report) writeBetweenMarks(file string) error {
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	before, rest, found := bytes.Cut(text, []byte(begin))
	_, after, ended := bytes.Cut(rest, []byte(end))
	if !found || !ended {
		return fmt.Errorf("%s: expected a table between %q and %q", file, begin, end)
	}
	table := fmt.Sprintf("%s, %s:\n\n%s", r.Machine, time.Now().UTC().Format(time.DateOnly), r.Markdown(true))
	return os.WriteFile(file, slices.Concat(before, []byte(begin), []byte(table), []byte(end), after), 0o644)
}
