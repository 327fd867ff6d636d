package matrix

import (
	"flag"
	"fmt"
	"iter"
	"log"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
)

var (
	ci    = flag.Bool("ci", false, "run one host per generation")
	named = flag.String("hosts", "", "comma-separated list of hosts [default: all]")
	write = flag.Bool("write", false, "write the table instead of checking it")
)

// A scenario runs with both sides on each host.
type scenario struct {
	name string
	// setup may be nil.
	setup func(h host) setup
	// on selects hosts that support the scenario; nil selects all.
	on   func(h host) bool
	play func(s *session)
	// alone marks a scenario without a twin.
	alone bool
}

func scenarios() []scenario {
	return slices.Concat(listingScenarios, storeScenarios, actionScenarios, actionV2Scenarios, logScenarios, lifecycleScenarios, harmScenarios,
		fileScenarios, versionScenarios)
}

func TestMain(m *testing.M) {
	flag.Parse()
	if err := os.MkdirAll(target, 0o755); err != nil {
		log.Fatal(err)
	}
	status := m.Run()
	if status == 0 && flag.Lookup("test.run").Value.String() == "" && !selfCheck() {
		if err := finish(selected(), *write); err != nil {
			fmt.Println(err)
			status = 1
		}
	}
	os.Exit(status)
}

// selected returns the hosts of this run.
func selected() []host {
	if *named == "" && !*ci {
		return hosts
	}
	return slices.DeleteFunc(slices.Clone(hosts), func(h host) bool {
		return !slices.Contains(strings.Split(*named, ","), h.name) && !(*ci && h.ci)
	})
}

func TestMatrix(t *testing.T) {
	for _, h := range selected() {
		t.Run(h.name, func(t *testing.T) {
			t.Parallel()
			for _, scenario := range scenarios() {
				if scenario.on != nil && !scenario.on(h) {
					continue
				}
				t.Run(scenario.name, func(t *testing.T) {
					var setup setup
					if scenario.setup != nil {
						setup = scenario.setup(h)
					}
					if scenario.alone {
						alone(t, h, setup, scenario.play)
						return
					}
					compare(t, h, setup, scenario.play)
				})
			}
		})
	}
}

// only returns a setup in which a host without a lister has only this action.
func only(names ...string) func(host) setup {
	return func(host) setup { return setup{only: names} }
}

func hasKind(kind string) func(host) bool {
	return func(h host) bool { return h.has(h.kind(kind)) }
}

// inOrder iterates over a map in the order of its keys, which must be the same on both sides.
func inOrder[V any](values map[string]V) iter.Seq2[string, V] {
	return func(yield func(string, V) bool) {
		for _, key := range slices.Sorted(maps.Keys(values)) {
			if !yield(key, values[key]) {
				return
			}
		}
	}
}
