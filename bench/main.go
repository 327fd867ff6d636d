// Bench drives the same plugins in Rust and in Go, with the client code of Velero and go-plugin, and prints one table.
//
// Every figure of the one is taken next to the same figure of the other, in turns, so that what counts is the ratio: the
// machine's own speed, and its mood, are in both.
package main

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"
)

// A figure of one plugin binary.
type measure struct {
	name string
	unit string
	// How often it is taken of each; the medians are compared.
	rounds int
	// Whether less is better.
	less bool
	take func(binary string) (float64, error)
}

func main() {
	rust := flag.String("rust", "", "the Rust plugin binary")
	golang := flag.String("go", "", "the Go plugin binary")
	only := flag.String("only", "", "only figures whose names begin so")
	flag.Parse()
	if *rust == "" || *golang == "" {
		flag.Usage()
		os.Exit(2)
	}
	if err := run(*rust, *golang, *only); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(rust, golang, only string) error {
	object := bytes.Repeat([]byte("plugwright "), 64<<20/11+1)[:64<<20]
	measures := []measure{
		{"start to listed", "ms", 21, true, startToListed},
		{"start to handshake line", "ms", 21, true, startToLine},
		{"memory after the first call", "MiB", 5, true, memoryAfterCall},
		{"memory after a 64 MiB put and get", "MiB", 3, true, memoryAfterObjects(object)},
		{"size of the stripped binary", "MiB", 1, true, size},
		{"Execute, one after the other", "calls/s", 5, false, executes(1, 2000)},
		{"Execute, 8 at once", "calls/s", 5, false, executes(8, 8000)},
		{"Execute of a 1 MiB item", "calls/s", 5, false, largeExecutes(60)},
		{"put of 64 MiB", "MiB/s", 5, false, put(object)},
		{"get of 64 MiB", "MiB/s", 5, false, get(object)},
	}
	fmt.Println("| Figure (median) | Rust | Go | Rust : Go | |")
	fmt.Println("|---|---|---|---|---|")
	for _, m := range measures {
		if !strings.HasPrefix(m.name, only) {
			continue
		}
		var ours, theirs []float64
		for range m.rounds {
			for _, of := range []struct {
				binary string
				to     *[]float64
			}{{rust, &ours}, {golang, &theirs}} {
				figure, err := m.take(of.binary)
				if err != nil {
					return fmt.Errorf("%s of %s: %w", m.name, of.binary, err)
				}
				*of.to = append(*of.to, figure)
			}
		}
		r, g := median(ours), median(theirs)
		what := "more is better"
		if m.less {
			what = "less is better"
		}
		fmt.Printf("| %s | %.1f %s | %.1f %s | %.2f | %s |\n", m.name, r, m.unit, g, m.unit, r/g, what)
	}
	return nil
}

func median(figures []float64) float64 {
	slices.Sort(figures)
	return figures[len(figures)/2]
}

func milliseconds(since time.Time) float64 {
	return float64(time.Since(since).Microseconds()) / 1000
}
