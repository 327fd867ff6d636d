package matrix

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// groups are the first parts of rows, in table order.
var groups = []string{
	"Listing", "ObjectStore", "VolumeSnapshotter", "BackupItemAction", "BackupItemActionV2", "RestoreItemAction", "RestoreItemActionV2",
	"DeleteItemAction", "ItemBlockAction", "Log", "Process", "Harm", "Files",
}

// A table has titles, and rows with the cells of all hosts.
type table struct {
	titles []string
	rows   [][]string
}

// calls returns the table with a row for each call.
func (g *grid) calls() table {
	rows := slices.Clone(g.rows)
	slices.SortFunc(rows, func(a, b string) int {
		if order := slices.Index(groups, group(a)) - slices.Index(groups, group(b)); order != 0 {
			return order
		}
		return strings.Compare(a, b)
	})
	table := table{titles: []string{"", "Call"}}
	last := ""
	for _, row := range rows {
		name := group(row)
		_, call, _ := strings.Cut(row, "/")
		cells := []string{name, call}
		if name == last {
			cells[0] = ""
		}
		last = name
		for _, h := range hosts {
			cells = append(cells, symbol(g.cells[row][h.name]))
		}
		table.rows = append(table.rows, cells)
	}
	return table.withHosts()
}

// kinds returns the table with a row for each group, with the combined results of its calls.
func (g *grid) kinds() table {
	table := table{titles: []string{""}}
	for _, name := range groups {
		cells := []string{name}
		for _, h := range hosts {
			var all *cell
			for _, row := range g.rows {
				if one := g.cells[row][h.name]; group(row) == name && one != nil {
					all = all.with(one)
				}
			}
			cells = append(cells, symbol(all))
		}
		table.rows = append(table.rows, cells)
	}
	return table.withHosts()
}

func (t table) withHosts() table {
	for _, h := range hosts {
		t.titles = append(t.titles, h.column)
	}
	return t
}

func group(row string) string {
	name, _, _ := strings.Cut(row, "/")
	return name
}

func (c *cell) with(other *cell) *cell {
	if c == nil {
		return other
	}
	merged := &cell{compared: c.compared || other.compared, differs: c.differs || other.differs}
	merged.improvements = append(slices.Clone(c.improvements), other.improvements...)
	return merged
}

// symbol returns the text of a cell.
func symbol(c *cell) string {
	switch {
	case c == nil:
		return ""
	case c.differs:
		return "differs"
	case len(c.improvements) > 0:
		numbers := slices.Compact(slices.Sorted(slices.Values(c.improvements)))
		var texts []string
		for _, number := range numbers {
			texts = append(texts, strconv.Itoa(number+1))
		}
		return "better " + strings.Join(texts, ", ")
	case c.compared:
		return "same"
	default:
		return "documented"
	}
}

func (t table) String() string {
	var text strings.Builder
	text.WriteString("| " + strings.Join(t.titles, " | ") + " |\n")
	text.WriteString(strings.Repeat("|---", len(t.titles)) + "|\n")
	for _, row := range t.rows {
		text.WriteString("| " + strings.Join(row, " | ") + " |\n")
	}
	return text.String()
}

// parseTable parses the output of String.
func parseTable(text string) (table, error) {
	var parsed table
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if !strings.HasPrefix(line, "| ") {
			continue
		}
		cells := strings.Split(strings.TrimSuffix(strings.TrimPrefix(line, "| "), " |"), " | ")
		for i := range cells {
			cells[i] = strings.TrimSpace(cells[i])
		}
		switch {
		case parsed.titles == nil:
			parsed.titles = cells
		case len(cells) != len(parsed.titles):
			return table{}, fmt.Errorf("a row has %d cells, not %d: %s", len(cells), len(parsed.titles), line)
		default:
			parsed.rows = append(parsed.rows, cells)
		}
	}
	return parsed, nil
}

// only keeps the columns of the selected hosts, and drops empty rows.
func (t table) only(selected []host) table {
	keep := func(at int) bool {
		return !slices.ContainsFunc(hosts, func(h host) bool { return h.column == t.titles[at] }) ||
			slices.ContainsFunc(selected, func(h host) bool { return h.column == t.titles[at] })
	}
	var kept table
	isHost := func(title string) bool {
		return slices.ContainsFunc(hosts, func(h host) bool { return h.column == title })
	}
	for at, title := range t.titles {
		if keep(at) {
			kept.titles = append(kept.titles, title)
		}
	}
	first := ""
	for _, row := range t.rows {
		var cells []string
		filled := false
		if row[0] != "" {
			first = row[0]
		}
		for at, cell := range row {
			if at == 0 {
				cell = first
			}
			if keep(at) {
				cells = append(cells, cell)
				filled = filled || isHost(t.titles[at]) && cell != ""
			}
		}
		if filled {
			kept.rows = append(kept.rows, cells)
		}
	}
	return kept
}
