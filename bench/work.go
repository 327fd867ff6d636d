package main

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"plugwright.dev/bench/host"
	"plugwright.dev/bench/table"
)

// A work is what `bench/profile` profiles.
type work struct {
	name string
	// number is how often a profile repeats it.
	number int
	// object is the size of the object that exists before, if one must.
	object int64
	once   func(*example) error
}

func works() []work {
	const kib, gib = 1 << 10, 1 << 30
	execute := func(n int) func(*example) error {
		item := items()[n].value
		return func(e *example) error {
			_, err := e.execute(item)
			return err
		}
	}
	put := func(size int64) func(*example) error {
		return func(e *example) error { return host.Put(e.store, "bucket", "object", size) }
	}
	get := func(size int64) func(*example) error {
		return func(e *example) error { return host.Get(e.store, "bucket", "object", size) }
	}
	return []work{
		{"execute-1k", 20000, 0, execute(0)},
		{"execute-20k", 5000, 0, execute(1)},
		{"execute-1m", 100, 0, execute(2)},
		{"put-1k", 5000, kib, put(kib)},
		{"get-1k", 5000, kib, get(kib)},
		{"put-1g", 2, gib, put(gib)},
		{"get-1g", 2, gib, get(gib)},
	}
}

// counterEnv is the variable with the library that counts allocations and copies (counter/count.c).
const counterEnv = "BENCH_COUNTER"

// repeat does one work often with one process, and prints figures for each time. If there is a command, it runs meanwhile, with
// the id of the process as its last argument, until it is interrupted.
//
//	bench repeat WORK BINARY [COMMAND…]
func repeat(arguments []string) error {
	if len(arguments) < 2 {
		return errors.New("expected WORK BINARY [COMMAND…]")
	}
	name, program, command := arguments[0], arguments[1], arguments[2:]
	if name == "start" {
		return repeatStart(program)
	}
	for _, work := range works() {
		if work.name == name {
			return work.repeat(program, command)
		}
	}
	return fmt.Errorf("no work has the name %q", name)
}

func (w *work) repeat(program string, command []string) error {
	var env []string
	var counts string
	if counter := os.Getenv(counterEnv); counter != "" {
		file, err := os.CreateTemp("", "counts")
		if err != nil {
			return err
		}
		defer os.Remove(file.Name())
		counts = file.Name()
		env = []string{"LD_PRELOAD=" + counter, "COUNT_FILE=" + counts}
	}
	example, err := startExample(program, env...)
	if err != nil {
		return err
	}
	defer example.kill()
	if err := example.store.Init(map[string]string{"bucket": "bucket"}); err != nil {
		return err
	}
	if w.object > 0 {
		if err := host.Put(example.store, "bucket", "object", w.object); err != nil {
			return err
		}
	}
	times := func(number int) error {
		for range number {
			if err := w.once(example); err != nil {
				return err
			}
		}
		return nil
	}
	if err := times(w.number/10 + 1); err != nil {
		return err
	}
	stop, err := observe(command, example.PID())
	if err != nil {
		return err
	}
	before, err := takeUsage(example.PID(), counts)
	if err != nil {
		return err
	}
	if err := times(w.number); err != nil {
		return err
	}
	after, err := takeUsage(example.PID(), counts)
	if err != nil {
		return err
	}
	after.print(before, w.number)
	return stop()
}

// repeatStart starts, lists and ends the process often.
func repeatStart(program string) error {
	const number = 100
	for range number {
		if _, err := startToExit(8, "")(table.Plugin{Binary: program}); err != nil {
			return err
		}
	}
	fmt.Printf("times\t%d\n", number)
	return nil
}

// observe starts a command that attaches to a process. It returns the function that ends it.
func observe(command []string, pid int) (func() error, error) {
	if len(command) == 0 {
		return func() error { return nil }, nil
	}
	observer := exec.Command(command[0], append(command[1:], strconv.Itoa(pid))...)
	observer.Stderr = os.Stderr
	if err := observer.Start(); err != nil {
		return nil, err
	}
	// Neither strace nor perf reports that it has attached.
	time.Sleep(time.Second)
	return func() error {
		if err := observer.Process.Signal(os.Interrupt); err != nil {
			return err
		}
		var exit *exec.ExitError
		// An interrupted program exits with the signal.
		if err := observer.Wait(); err != nil && !errors.As(err, &exit) {
			return err
		}
		return nil
	}, nil
}

// usage is what the kernel and the counter count for a process, by name.
type usage map[string]float64

func takeUsage(pid int, counts string) (usage, error) {
	cpu, err := table.CPU(pid)
	if err != nil {
		return nil, err
	}
	used := usage{"CPU, µs": float64(cpu.Nanoseconds()) / 1000}
	// The files of the process only count its main thread.
	threads, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/status", pid))
	if err != nil {
		return nil, err
	}
	for _, thread := range threads {
		status, err := os.ReadFile(thread)
		if errors.Is(err, os.ErrNotExist) || errors.Is(err, syscall.ESRCH) {
			continue // It has ended.
		}
		if err != nil {
			return nil, err
		}
		for line := range bytes.Lines(status) {
			if key, value, _ := strings.Cut(string(line), ":"); strings.HasSuffix(key, "_ctxt_switches") {
				number, err := strconv.ParseFloat(strings.TrimSpace(value), 64)
				if err != nil {
					return nil, err
				}
				used["context switches"] += number
			}
		}
	}
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return nil, err
	}
	// The name, which may contain spaces, ends with the last parenthesis. proc_pid_stat(5): minflt is field 10.
	_, rest, _ := strings.Cut(string(stat), ") ")
	if fields := strings.Fields(rest); len(fields) > 7 {
		if used["page faults"], err = strconv.ParseFloat(fields[7], 64); err != nil {
			return nil, err
		}
	}
	if counts == "" {
		return used, nil
	}
	content, err := os.ReadFile(counts)
	if err != nil {
		return nil, err
	}
	names := []string{"allocations", "allocated, KiB", "copies", "copied, KiB"}
	if len(content) != 8*len(names) {
		return nil, fmt.Errorf("%s: expected %d bytes, found %d: is the program linked dynamically?", counts, 8*len(names), len(content))
	}
	for n, name := range names {
		used[name] = float64(binary.NativeEndian.Uint64(content[8*n:]))
		if strings.HasSuffix(name, "KiB") {
			used[name] /= 1 << 10
		}
	}
	return used, nil
}

// print prints the figures for each time.
func (u usage) print(earlier usage, times int) {
	fmt.Printf("times\t%d\n", times)
	for _, name := range slices.Sorted(maps.Keys(u)) {
		fmt.Printf("%s\t%.2f\n", name, (u[name]-earlier[name])/float64(times))
	}
}
