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
	Figure Figure               `json:"figure"`
	Rounds map[string][]float64 `json:"rounds"`
	Median map[string]float64   `json:"median"`
	// Ratio is the median of Rust divided by that of each other column.
	Ratio map[string]float64 `json:"ratio"`
}

func newRow(figure Figure) *Row {
	return &Row{Figure: figure, Rounds: map[string][]float64{}, Median: map[string]float64{}, Ratio: map[string]float64{}}
}

func newReport(plugins []Plugin) *Report {
	report := &Report{Machine: Machine()}
	for _, plugin := range plugins {
		report.Columns = append(report.Columns, plugin.Name)
	}
	return report
}

func (r *Report) add(figure Figure) *Row {
	row := newRow(figure)
	r.Rows = append(r.Rows, row)
	return row
}

func (r *Row) take(column string, figure float64) {
	r.Rounds[column] = append(r.Rounds[column], figure)
	sorted := slices.Sorted(slices.Values(r.Rounds[column]))
	r.Median[column] = sorted[len(sorted)/2]
	for other, median := range r.Median {
		if ours, found := r.Median[Rust]; found && other != Rust && median != 0 {
			r.Ratio[other] = ours / median
		}
	}
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
	row := newRow(figure)
	for _, column := range []string{Rust, Go, Earlier} {
		for _, figure := range of.Rounds[column] {
			row.take(column, figure-of.Median[Baseline])
		}
	}
	r.Rows = slices.Insert(r.Rows, at+1, row)
}

// Markdown returns the table; with `main`, only the main figures, without minimum, maximum and the earlier revision.
func (r *Report) Markdown(main bool) string {
	var text strings.Builder
	var columns, ratios []string
	for _, column := range r.Columns {
		if main && column == Earlier {
			continue
		}
		columns = append(columns, column)
		if column != Rust {
			ratios = append(ratios, column)
		}
	}
	titles := append([]string{"Figure (median)"}, columns...)
	for _, column := range ratios {
		titles = append(titles, "Rust : "+column)
	}
	titles = append(titles, "better is")
	text.WriteString("| " + strings.Join(titles, " | ") + " |\n" + strings.Repeat("|---", len(titles)) + "|\n")
	for _, row := range r.Rows {
		if main && !row.Figure.Main {
			continue
		}
		cells := []string{row.Figure.Name}
		for _, column := range columns {
			cells = append(cells, row.cell(column, !main))
		}
		for _, column := range ratios {
			cells = append(cells, row.ratio(column))
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

func (r *Row) ratio(to string) string {
	ratio, found := r.Ratio[to]
	if !found {
		return ""
	}
	return fmt.Sprintf("%.2f", ratio)
}

func (r *Report) writeJSON(file string) error {
	text, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(file, append(text, '\n'), 0o644)
}

// WriteBetweenMarks replaces the text between the two markers with this name.
func WriteBetweenMarks(file, name, new string) error {
	begin, end := fmt.Sprintf("<!-- bench %s: begin -->\n", name), fmt.Sprintf("<!-- bench %s: end -->", name)
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	before, rest, found := bytes.Cut(text, []byte(begin))
	_, after, ended := bytes.Cut(rest, []byte(end))
	if !found || !ended {
		return fmt.Errorf("%s: expected a table between %q and %q", file, begin, end)
	}
	return os.WriteFile(file, slices.Concat(before, []byte(begin), []byte(new), []byte(end), after), 0o644)
}

// Today returns the date, such as 2006-01-02.
func Today() string { return time.Now().UTC().Format(time.DateOnly) }
