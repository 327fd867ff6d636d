package main

import (
	"plugwright.dev/bench/host"
	"plugwright.dev/bench/table"
)

// objects puts and gets objects of one size, and returns the speeds, the peak memory and the CPU time of the process.
func objects(size int64, number int) func(table.Plugin) ([]float64, error) {
	return func(plugin table.Plugin) ([]float64, error) {
		example, err := host.StartExample(plugin.Binary)
		if err != nil {
			return nil, err
		}
		defer example.Remove()
		if err := example.Init(); err != nil {
			return nil, err
		}
		before, err := table.CPU(example.PID())
		if err != nil {
			return nil, err
		}
		put, err := host.Speed(size, number, func() error { return host.Put(example.Store, host.Bucket, "object", size) })
		if err != nil {
			return nil, err
		}
		get, err := host.Speed(size, number, func() error { return host.Get(example.Store, host.Bucket, "object", size) })
		if err != nil {
			return nil, err
		}
		after, err := table.CPU(example.PID())
		if err != nil {
			return nil, err
		}
		figures := []float64{put, get}
		if number == 1 {
			peak, err := table.PeakMemory(example.PID())
			if err != nil {
				return nil, err
			}
			figures = append(figures, peak, (after - before).Seconds())
		}
		return figures, nil
	}
}
