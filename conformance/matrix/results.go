package matrix

import (
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
)

// results are the outcomes of all comparisons of this run.
var results = &grid{cells: map[string]map[string]*cell{}}

// A grid has a row for each call and a column for each host.
type grid struct {
	mu    sync.Mutex
	rows  []string
	cells map[string]map[string]*cell
}

// A cell is what all cases of one call on one host came to.
type cell struct {
	// compared tells that there was a twin in at least one case.
	compared, differs bool
	improvements      []int
}

// row is the kind and the call of an outcome's name; what is behind tells cases apart.
func row(name string) string {
	parts := strings.SplitN(name, "/", 3)
	return strings.Join(parts[:min(2, len(parts))], "/")
}

// cell is the place for the outcomes of one call.
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

// add compares two outcomes. A difference must be on the list of improvements.
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
		t.Logf("%s: better by intention: %s\ntwin: %s\nours: %s", name, improvements[at].reason, shorten(twin), shorten(ours))
		return
	}
	cell.differs = true
	t.Errorf("%s: answers differ\ntwin: %s\nours: %s", name, shorten(twin), shorten(ours))
}

// check holds an outcome that has no twin against what it has to be like.
func (g *grid) check(t *testing.T, h host, name, ours string, expected *regexp.Regexp) {
	t.Helper()
	g.mu.Lock()
	defer g.mu.Unlock()
	cell := g.cell(h, name)
	if expected == nil || !expected.MatchString(ours) {
		cell.differs = true
		t.Errorf("%s: not as expected\nours: %s\nexpected: %v", name, shorten(ours), expected)
	}
}

func shorten(outcome string) string {
	if len(outcome) > 2000 {
		return outcome[:2000] + "…"
	}
	return outcome
}
