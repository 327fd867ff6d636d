package main

import (
	"fmt"
	"io"
	"time"

	"plugwright.dev/bench/table"
)

// objects puts and gets objects of one size, and returns the speeds, the peak memory and the CPU time of the process.
func objects(size int64, number int) func(table.Plugin) ([]float64, error) {
	return func(plugin table.Plugin) ([]float64, error) {
		host, err := startStore(plugin.Binary)
		if err != nil {
			return nil, err
		}
		defer host.kill()
		before, err := table.CPU(host.pid())
		if err != nil {
			return nil, err
		}
		put, err := speed(size, number, func() error { return host.store.PutObject("bucket", "object", io.LimitReader(same{}, size)) })
		if err != nil {
			return nil, err
		}
		get, err := speed(size, number, func() error { return host.get(size) })
		if err != nil {
			return nil, err
		}
		after, err := table.CPU(host.pid())
		if err != nil {
			return nil, err
		}
		figures := []float64{put, get}
		if number == 1 {
			peak, err := table.PeakMemory(host.pid())
			if err != nil {
				return nil, err
			}
			figures = append(figures, peak, (after - before).Seconds())
		}
		return figures, nil
	}
}

// speed returns MiB per second.
func speed(size int64, number int, move func() error) (float64, error) {
	start := time.Now()
	for range number {
		if err := move(); err != nil {
			return 0, err
		}
	}
	return float64(size) * float64(number) / table.MiB / time.Since(start).Seconds(), nil
}

func (h *host) get(size int64) error {
	body, err := h.store.GetObject("bucket", "object")
	if err != nil {
		return err
	}
	read, err := io.Copy(io.Discard, body)
	if err == nil && read != size {
		err = fmt.Errorf("read %d of %d bytes", read, size)
	}
	if err != nil {
		return err
	}
	return body.Close()
}

// same is an endless reader without cost.
type same struct{}

func (same) Read(into []byte) (int, error) { return len(into), nil }
