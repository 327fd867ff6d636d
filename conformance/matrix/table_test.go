package matrix

import (
	"strings"
	"testing"
)

func TestTableIsReadAsItIsWritten(t *testing.T) {
	grid := &grid{cells: map[string]map[string]*cell{}}
	same, better := grid.cell(hosts[0], "ObjectStore/Init/a"), grid.cell(hosts[3], "Log/records/0")
	same.compared, better.improvements = true, []int{4, 1}
	grid.cell(hosts[3], "ObjectStore/Init/a").differs = true
	written := grid.calls()
	parsed, err := parseTable(written.String())
	if err != nil {
		t.Fatal(err)
	}
	if parsed.String() != written.String() {
		t.Errorf("written:\n%sread:\n%s", written, parsed)
	}
	if got := written.only(hosts[3:4]).String(); !strings.Contains(got, "| ObjectStore | Init | differs |") || !strings.Contains(got, "| Log | records | better 2, 5 |") {
		t.Error(got)
	}
	if got := written.only(hosts[:1]).String(); strings.Contains(got, "records") {
		t.Errorf("an empty row was kept:\n%s", got)
	}
}
