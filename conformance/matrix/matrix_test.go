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
	ci    = flag.Bool("ci", false, "the hosts that stand for a generation")
	named = flag.String("hosts", "", "comma list of hosts; else all")
	write = flag.Bool("write", false, "write the table instead of checking it")
)

// A scenario is played with both sides on each host.
type scenario struct {
	name string
	// setup may be nil.
	setup func(h host) setup
	// on tells the hosts that have what is played; nil for all.
	on   func(h host) bool
	play func(s *session)
	// alone says that there is no twin for it.
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

// selected are the hosts of this run.
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
			if err := build(h); err != nil {
				t.Fatal(err)
			}
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

// only is the setup in which a host without lister has that action alone.
func only(names ...string) func(host) setup {
	return func(host) setup { return setup{only: names} }
}

func hasKind(kind string) func(host) bool {
	return func(h host) bool { return h.has(h.kind(kind)) }
}

// inOrder goes through a map by its keys: both sides have to take the same way.
func inOrder[V any](values map[string]V) iter.Seq2[string, V] {
	return func(yield func(string, V) bool) {
		for _, key := range slices.Sorted(maps.Keys(values)) {
			if !yield(key, values[key]) {
				return
			}
		}
	}
}
