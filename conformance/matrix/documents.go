package matrix

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
)

// A document has a table of this run between two lines.
type document struct {
	path  string
	table func() string
}

var documents = []document{
	{"README.md", func() string { return results.calls().String() }},
	{"README.md", reasons},
	{"../../README.md", func() string { return results.kinds().String() }},
}

// marks are the lines around the tables: the first two are this suite's README's.
var marks = []string{"matrix: calls", "matrix: reasons", "matrix: kinds"}

// reasons is the list of improvements, numbered as in the table.
func reasons() string {
	var text strings.Builder
	text.WriteString("| | Reason |\n|---|---|\n")
	for at, entry := range improvements {
		fmt.Fprintf(&text, "| %d | %s |\n", at+1, entry.reason)
	}
	return text.String()
}

// finish writes the tables, or holds them against what is written. A run with some hosts only looks at their columns.
func finish(selected []host, write bool) error {
	var failed []error
	whole := len(selected) == len(hosts)
	if whole {
		failed = append(failed, unseen()...)
	}
	for at, document := range documents {
		if err := document.finish(marks[at], selected, whole, write); err != nil {
			failed = append(failed, err)
		}
	}
	return errors.Join(failed...)
}

func (d document) finish(mark string, selected []host, whole, write bool) error {
	content, err := os.ReadFile(d.path)
	if err != nil {
		return err
	}
	begin, end := "<!-- "+mark+" -->\n", "<!-- /"+mark+" -->"
	before, rest, found := strings.Cut(string(content), begin)
	written, after, closed := strings.Cut(rest, end)
	if !found || !closed {
		// The document does without this table.
		return nil
	}
	made := d.table()
	if written == made {
		return nil
	}
	if write && whole {
		return os.WriteFile(d.path, []byte(before+begin+made+end+after), 0o644)
	}
	if whole || mark == "matrix: reasons" {
		return fmt.Errorf("%s: the table below %q is not what this run has shown; `conformance/matrix/run -write` writes it", d.path, mark)
	}
	return sameColumns(d.path, written, made, selected)
}

// sameColumns compares the columns of the hosts that were run.
func sameColumns(path, written, made string, selected []host) error {
	old, err := parseTable(written)
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	now, err := parseTable(made)
	if err != nil {
		return err
	}
	one, other := strings.Split(old.only(selected).String(), "\n"), strings.Split(now.only(selected).String(), "\n")
	var differences []string
	for _, row := range one {
		if !slices.Contains(other, row) {
			differences = append(differences, "written:  "+row)
		}
	}
	for _, row := range other {
		if !slices.Contains(one, row) {
			differences = append(differences, "this run: "+row)
		}
	}
	if differences == nil {
		return nil
	}
	return fmt.Errorf("%s: the columns of these hosts are not what this run has shown; a whole `conformance/matrix/run -write` writes the table\n%s",
		path, strings.Join(differences, "\n"))
}

// unseen are improvements that no host has shown: they are to be taken off the list.
func unseen() []error {
	var failed []error
	for _, entry := range improvements {
		if !entry.seen {
			failed = append(failed, fmt.Errorf("improvement on %q was not seen: take it off the list (%s)", entry.on, entry.reason))
		}
	}
	return failed
}
