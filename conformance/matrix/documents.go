package matrix

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
)

// A document contains a table with the results between two markers.
type document struct {
	path       string
	begin, end string
	table      func() string
}

var documents = []document{
	{"README.md", "<!-- matrix: calls -->\n", "<!-- /matrix: calls -->", func() string { return results.calls().String() }},
	{"README.md", "<!-- matrix: reasons -->\n", "<!-- /matrix: reasons -->", reasons},
	{"../../docs/hosts.md", "<!-- matrix: begin -->\n", "<!-- matrix: end -->", func() string { return results.kinds().String() }},
}

// reasons returns the list of improvements, numbered as in the table.
func reasons() string {
	var text strings.Builder
	text.WriteString("| | Reason |\n|---|---|\n")
	for at, entry := range improvements {
		fmt.Fprintf(&text, "| %d | %s |\n", at+1, entry.reason)
	}
	return text.String()
}

// finish writes the tables or compares them with the documents. A run of selected hosts compares only their columns.
func finish(selected []host, write bool) error {
	var failed []error
	whole := len(selected) == len(hosts)
	if whole {
		failed = append(failed, unseen()...)
	}
	for _, document := range documents {
		if err := document.finish(selected, whole, write); err != nil {
			failed = append(failed, err)
		}
	}
	return errors.Join(failed...)
}

func (d document) finish(selected []host, whole, write bool) error {
	content, err := os.ReadFile(d.path)
	if err != nil {
		return err
	}
	before, rest, found := strings.Cut(string(content), d.begin)
	written, after, closed := strings.Cut(rest, d.end)
	if !found || !closed {
		return fmt.Errorf("%s: expected a table between %q and %q", d.path, d.begin, d.end)
	}
	made := d.table()
	if written == made {
		return nil
	}
	if write && whole {
		return os.WriteFile(d.path, []byte(before+d.begin+made+d.end+after), 0o644)
	}
	titles, _, _ := strings.Cut(written, "\n")
	if whole || !strings.Contains(titles, hosts[0].column) {
		return fmt.Errorf("%s: the table below %q differs from this run; `conformance/matrix/run -write` updates it", d.path, d.begin)
	}
	return sameColumns(d.path, written, made, selected)
}

// sameColumns compares the columns of the selected hosts.
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
	return fmt.Errorf("%s: the columns of these hosts differ from this run; a complete `conformance/matrix/run -write` updates the table\n%s",
		path, strings.Join(differences, "\n"))
}

// unseen returns an error for each improvement that does not occur on any host.
func unseen() []error {
	var failed []error
	for _, entry := range improvements {
		if !entry.seen {
			failed = append(failed, fmt.Errorf("improvement on %q does not occur: remove it from the list (%s)", entry.on, entry.reason))
		}
	}
	return failed
}
