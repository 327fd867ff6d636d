// Soak makes a million calls and moves thousands of objects through one process of the example plugins in Rust, and through one
// process of the same plugins in Go, in turns, with the client code of Velero and go-plugin. Afterwards the Rust process must be
// as it was after the first thousand calls. `reliability/soak` builds and starts it.
//
// glibc keeps freed memory and the stacks of ended threads, as much as was needed at the same time, in up to eight arenas for each
// core. A third process, also in Rust, runs without these caches, so that its memory is that which the plugin itself keeps.
package main

import (
	"flag"
	"fmt"
	"os"
	"time"

	"plugwright.dev/bench/table"
)

type plan struct {
	calls, objects int
	// seed determines the sizes and contents of the objects.
	seed uint64
}

// sampled returns the number of calls at the start, and of calls at the end, whose latencies are compared.
func (p plan) sampled() int { return min(10_000, p.calls/10) }

func main() {
	rust := flag.String("rust", "", "the Rust plugin binary")
	golang := flag.String("go", "", "the Go plugin binary")
	calls := flag.Int("calls", 1_000_000, "the number of Execute calls, at least 10,000")
	objects := flag.Int("objects", 2_000, "the number of objects, at least 10")
	seed := flag.Uint64("seed", 1, "determines the sizes and contents of the objects")
	write := flag.String("write", "", "a file in which to replace the table between the two markers of the host")
	host := flag.String("host", "soak", "the host in the markers")
	flag.Parse()
	if *rust == "" || *golang == "" || *calls < 10*firstCalls || *objects < firstObjects || flag.NArg() > 0 {
		flag.Usage()
		os.Exit(101)
	}
	sides, err := run(plan{*calls, *objects, *seed}, *rust, *golang)
	if err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(101)
	}
	text := report(sides)
	fmt.Print("\n", table.Machine(), "\n\n", text)
	short := shortcomings(sides)
	for _, what := range short {
		fmt.Println("\nfell short:", what)
	}
	if *write != "" {
		text = fmt.Sprintf("%s calls of Execute and %s objects through each process, %s, %s:\n\n%s",
			thousands(*calls), thousands(*objects), table.Machine(), table.Today(), text)
		if err := table.WriteBetweenMarks(*write, *host, text); err != nil {
			fmt.Fprintln(os.Stderr, "error:", err)
			os.Exit(101)
		}
	}
	os.Exit(len(short))
}

// The calls and objects before the state to which the last one is compared.
const (
	firstCalls   = 1_000
	firstObjects = 10
)

// settled is the time after which unused threads have ended.
const settled = 20 * time.Second

// rounds is the number of turns of each side.
const rounds = 200

// The order of the sides.
const (
	rust = iota
	uncached
	golang
)

const withoutCaches = "GLIBC_TUNABLES=glibc.malloc.arena_max=1:glibc.malloc.mmap_threshold=4096:glibc.malloc.trim_threshold=0" +
	":glibc.malloc.top_pad=0:glibc.malloc.tcache_count=0:glibc.pthread.stack_cache_size=0"

// run returns the sides.
func run(plan plan, rustBinary, goBinary string) (sides []*side, err error) {
	for _, side := range []struct{ name, binary, env string }{
		rust: {"Rust", rustBinary, ""}, uncached: {"Rust, without glibc's caches", rustBinary, withoutCaches}, golang: {"Go", goBinary, ""},
	} {
		started, err := start(side.name, side.binary, plan.seed, side.env)
		if err != nil {
			return nil, err
		}
		defer started.remove()
		sides = append(sides, started)
	}
	each := func(work func(*side) error) {
		for _, side := range sides {
			if err == nil {
				err = work(side)
			}
		}
	}
	sample := func(of func(*side) *latencies) {
		const turn = 500
		for done := 0; done < plan.sampled(); done += turn {
			each(func(s *side) error { return s.sample(min(turn, plan.sampled()-done), of(s)) })
		}
	}
	each(func(s *side) error { return s.mixed(firstCalls) })
	each(func(s *side) error { return s.objects(firstObjects) })
	time.Sleep(settled)
	each(func(s *side) (err error) { s.before, err = s.state(); return })
	sample(func(s *side) *latencies { return &s.first })
	calls, objects := plan.calls-firstCalls-2*plan.sampled(), plan.objects-firstObjects
	for round := range rounds {
		part := func(all int) int { return all*(round+1)/rounds - all*round/rounds }
		each(func(s *side) error { return s.mixed(part(calls)) })
		each(func(s *side) error { return s.objects(part(objects)) })
		if (round+1)%(rounds/10) == 0 {
			each(func(s *side) error { return s.progress(round + 1) })
		}
	}
	sample(func(s *side) *latencies { return &s.last })
	time.Sleep(settled)
	each(func(s *side) (err error) { s.after, err = s.state(); return })
	each((*side).end)
	return sides, err
}
