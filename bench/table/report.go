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

// A Report is all that was measured.
type Report struct {
	Machine string   `json:"machine"`
	Columns []string `json:"columns"`
	Rows    []*Row   `json:"rows"`
}

// A Row is one figure of all columns.
type Row struct {
	Figure  Figure               `json:"figure"`
	Rounds  map[string][]float64 `json:"rounds"`
	Median  map[string]float64   `json:"median"`
	ToGo    *float64             `json:"rust_to_go,omitempty"`
	ToFloor *float64             `json:"rust_to_floor,omitempty"`
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
	r.ToGo, r.ToFloor = ratio(Go), ratio(Floor)
}

// WithoutFloor adds a line: that of `name`, less what the least plugin takes, which is mostly the host's own work.
func (r *Report) WithoutFloor(name string) {
	at := slices.IndexFunc(r.Rows, func(row *Row) bool { return row.Figure.Name == name })
	if at < 0 || len(r.Rows[at].Rounds[Floor]) == 0 {
		return
	}
	of := r.Rows[at]
	figure := of.Figure
	figure.Name += ", the floor taken off"
	row := &Row{Figure: figure, Rounds: map[string][]float64{}, Median: map[string]float64{}}
	for _, column := range []string{Rust, Go} {
		for _, figure := range of.Rounds[column] {
			row.take(column, figure-of.Median[Floor])
		}
	}
	r.Rows = slices.Insert(r.Rows, at+1, row)
}

// Markdown is the table; with `main`, of the main figures, and without the spread.
func (r *Report) Markdown(main bool) string {
	var text strings.Builder
	titles := append([]string{"Figure (median)"}, r.Columns...)
	titles = append(titles, "Rust : Go")
	floor := slices.Contains(r.Columns, Floor)
	if floor {
		titles = append(titles, "Rust : floor")
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
		if floor {
			cells = append(cells, ratio(row.ToFloor))
		}
		better := "more"
		if row.Figure.Less {
			better = "less"
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
		return fmt.Errorf("%s has no %q and %q to write between", file, begin, end)
	}
	table := fmt.Sprintf("%s, %s:\n\n%s", r.Machine, time.Now().UTC().Format(time.DateOnly), r.Markdown(true))
	return os.WriteFile(file, slices.Concat(before, []byte(begin), []byte(table), []byte(end), after), 0o644)
}
