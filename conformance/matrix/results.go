package matrix

import (
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
)

// results contains all comparisons of this run.
var results = &grid{cells: map[string]map[string]*cell{}}

// A grid has a row for each call and a column for each host.
type grid struct {
	mu    sync.Mutex
	rows  []string
	cells map[string]map[string]*cell
}

// A cell is the combined result of all cases of a call on a host.
type cell struct {
	// compared reports whether at least one case has a twin.
	compared, differs bool
	improvements      []int
}

// row returns the kind and the call of a result's name. The rest identifies the case.
func row(name string) string {
	parts := strings.SplitN(name, "/", 3)
	return strings.Join(parts[:min(2, len(parts))], "/")
}

// cell returns the cell for a call on a host.
func (g *grid) cell(h host, name string) *cell {
	row := row(name)
	if g.cells[row] == nil {
		g.rows = append(g.rows, row)
		g.cells[row] = map[string]*cell{}
	}
	if g.cells[row][h.name] == nil {
		g.cells[row][h.name] = &cell{}
	}
	return g.cells[row][h.name]
}

// add compares two results. A difference must be an improvement.
func (g *grid) add(t *testing.T, h host, name, twin, ours string) {
	t.Helper()
	g.mu.Lock()
	defer g.mu.Unlock()
	cell := g.cell(h, name)
	cell.compared = true
	if twin == ours {
		return
	}
	if at := findImprovement(h.name+"/"+name, twin, ours); at >= 0 {
		if !slices.Contains(cell.improvements, at) {
			cell.improvements = append(cell.improvements, at)
		}
		t.Logf("%s: intended difference: %s\ntwin: %s\nours: %s", name, improvements[at].reason, shorten(twin), shorten(ours))
		return
	}
	cell.differs = true
	t.Errorf("%s: results differ\ntwin: %s\nours: %s", name, shorten(twin), shorten(ours))
}

// check compares a result without a twin with a pattern.
func (g *grid) check(t *testing.T, h host, name, ours string, expected *regexp.Regexp) {
	t.Helper()
	g.mu.Lock()
	defer g.mu.Unlock()
	cell := g.cell(h, name)
	if expected == nil || !expected.MatchString(ours) {
		cell.differs = true
		t.Errorf("%s: unexpected result\nours: %s\nexpected: %v", name, shorten(ours), expected)
	}
}

func shorten(outcome string) string {
	if len(outcome) > 2000 {
		return outcome[:2000] + "…"
	}
	return outcome
}
