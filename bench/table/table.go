// Package table takes figures of the same plugin in Rust and in Go and prints them side by side.
//
// Every figure of the one is taken next to the same figure of the other, in turns, so that what counts is the ratio: the
// machine's own speed, and its mood, are in both.
package table

import (
	"bufio"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"time"
)

// MiB is how many bytes are one.
const MiB = 1 << 20

// A Measure is one line of the table.
type Measure struct {
	Name string
	Unit string
	// Rounds is how often it is taken of each; the medians are compared.
	Rounds int
	// Less tells whether less is better.
	Less bool
	Take func(binary string) (float64, error)
}

// Main reads the flags and prints the table.
func Main(measures []Measure) {
	rust := flag.String("rust", "", "the Rust plugin binary")
	golang := flag.String("go", "", "the Go plugin binary")
	only := flag.String("only", "", "only figures whose names begin so")
	flag.Parse()
	if *rust == "" || *golang == "" {
		flag.Usage()
		os.Exit(2)
	}
	if err := run(measures, *rust, *golang, *only); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(measures []Measure, rust, golang, only string) error {
	fmt.Println("| Figure (median) | Rust | Go | Rust : Go | |")
	fmt.Println("|---|---|---|---|---|")
	for _, m := range measures {
		if !strings.HasPrefix(m.Name, only) {
			continue
		}
		var ours, theirs []float64
		for range m.Rounds {
			for _, of := range []struct {
				binary string
				to     *[]float64
			}{{rust, &ours}, {golang, &theirs}} {
				figure, err := m.Take(of.binary)
				if err != nil {
					return fmt.Errorf("%s of %s: %w", m.Name, of.binary, err)
				}
				*of.to = append(*of.to, figure)
			}
		}
		r, g := median(ours), median(theirs)
		what := "more is better"
		if m.Less {
			what = "less is better"
		}
		fmt.Printf("| %s | %.1f %s | %.1f %s | %.2f | %s |\n", m.Name, r, m.Unit, g, m.Unit, r/g, what)
	}
	return nil
}

func median(figures []float64) float64 {
	slices.Sort(figures)
	return figures[len(figures)/2]
}

// Milliseconds is how many have gone by.
func Milliseconds(since time.Time) float64 {
	return float64(time.Since(since).Microseconds()) / 1000
}

// StartToLine is how many milliseconds go by from the start of the process to its handshake line: what a host's own work is not in.
func StartToLine(binary string, env ...string) (float64, error) {
	command := exec.Command(binary)
	command.Env = append(os.Environ(), env...)
	out, err := command.StdoutPipe()
	if err != nil {
		return 0, err
	}
	start := time.Now()
	if err := command.Start(); err != nil {
		return 0, err
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	took := Milliseconds(start)
	_ = command.Process.Kill()
	_ = command.Wait()
	if parts := strings.Split(line, "|"); len(parts) > 3 {
		_ = os.Remove(parts[3])
	}
	return took, err
}

// Size is that of the file, in MiB.
func Size(binary string) (float64, error) {
	info, err := os.Stat(binary)
	if err != nil {
		return 0, err
	}
	return float64(info.Size()) / MiB, nil
}

// Memory is what the process holds (VmRSS), in MiB.
func Memory(pid int) (float64, error) {
	file, err := os.Open(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, err
	}
	defer file.Close()
	for lines := bufio.NewScanner(file); lines.Scan(); {
		if fields := strings.Fields(lines.Text()); len(fields) > 1 && fields[0] == "VmRSS:" {
			kib, err := strconv.ParseFloat(fields[1], 64)
			return kib / 1024, err
		}
	}
	return 0, fmt.Errorf("no VmRSS in %s", file.Name())
}

// AtOnce makes the calls from so many goroutines, so many in all, and says how many there were in a second.
func AtOnce(workers, calls int, call func() error) (float64, error) {
	errs := make(chan error, workers)
	start := time.Now()
	for range workers {
		go func() {
			for range calls / workers {
				if err := call(); err != nil {
					errs <- err
					return
				}
			}
			errs <- nil
		}()
	}
	for range workers {
		if err := <-errs; err != nil {
			return 0, err
		}
	}
	return float64(calls) / time.Since(start).Seconds(), nil
}
