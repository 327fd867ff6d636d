package main

import (
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"

	"plugwright.dev/bench/host"
	"plugwright.dev/bench/table"
)

// A side is one process of the plugins, and its measurements.
type side struct {
	// name is the title of its column.
	name    string
	example *host.Example
	// sockets is the folder of the process's socket.
	sockets string
	pool    pool
	made    int

	before, after state
	first, last   latencies
	peak          float64
	// left is the number of files after the exit of the process.
	left int
}

// A state is the state of a process.
type state struct {
	// memory excludes, and resident includes, the pages of the executable.
	memory, resident     float64
	threads, descriptors int
}

func start(name, binary string, seed uint64, env ...string) (*side, error) {
	sockets, err := os.MkdirTemp("", "soak")
	if err != nil {
		return nil, err
	}
	example, err := host.StartExample(binary, append(env, "TMPDIR="+sockets)...)
	if err != nil {
		_ = os.RemoveAll(sockets)
		return nil, err
	}
	s := &side{name: name, example: example, sockets: sockets, pool: newPool(rand.New(rand.NewPCG(seed, 0)))}
	if err := example.Init(); err != nil {
		s.remove()
		return nil, err
	}
	return s, nil
}

// state measures the process.
func (s *side) state() (now state, err error) {
	if now.memory, err = table.AnonymousMemory(s.example.PID()); err != nil {
		return now, err
	}
	if now.resident, err = table.Memory(s.example.PID()); err != nil {
		return now, err
	}
	if now.threads, err = table.Threads(s.example.PID()); err != nil {
		return now, err
	}
	now.descriptors, err = table.Descriptors(s.example.PID())
	return now, err
}

func (s *side) progress(round int) error {
	now, err := s.state()
	fmt.Fprintf(os.Stderr, "%3d of %d  %-28s %6.2f MiB (resident: %.2f MiB)  %d threads  %d descriptors\n", round, rounds, s.name, now.memory, now.resident, now.threads, now.descriptors)
	return err
}

func (s *side) remove() {
	s.example.Remove()
	_ = os.RemoveAll(s.sockets)
}

// end ends the process, and counts the files that it leaves.
func (s *side) end() (err error) {
	if s.peak, err = table.PeakMemory(s.example.PID()); err != nil {
		return err
	}
	s.example.Kill()
	for _, folder := range []string{s.example.Root, s.sockets} {
		err = filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
			if err == nil && !entry.IsDir() {
				fmt.Fprintln(os.Stderr, "left over:", path)
				s.left++
			}
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}
