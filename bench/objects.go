package main

import (
	"plugwright.dev/bench/host"
	"plugwright.dev/bench/table"
)

// transfer is the result of putting and getting objects of one size.
type transfer struct {
	// put and get are the milliseconds for one object.
	put, get float64
	// peak is the peak memory of the process in MiB.
	peak float64
	// cpu is the CPU time of the process in seconds.
	cpu float64
}

func transferred(plugin table.Plugin, size int64, number int) (transfer, error) {
	example, err := host.StartExample(plugin.Binary)
	if err != nil {
		return transfer{}, err
	}
	defer example.Remove()
	if err := example.Init(); err != nil {
		return transfer{}, err
	}
	before, err := table.CPU(example.PID())
	if err != nil {
		return transfer{}, err
	}
	put, err := host.Each(number, func() error { return host.Put(example.Store, host.Bucket, "object", size) })
	if err != nil {
		return transfer{}, err
	}
	get, err := host.Each(number, func() error { return host.Get(example.Store, host.Bucket, "object", size) })
	if err != nil {
		return transfer{}, err
	}
	after, err := table.CPU(example.PID())
	if err != nil {
		return transfer{}, err
	}
	peak, err := table.PeakMemory(example.PID())
	return transfer{put, get, peak, (after - before).Seconds()}, err
}

// objects returns the speeds of objects of one size; of one object, also the peak memory and the CPU time of the process.
func objects(size int64, number int) func(table.Plugin) ([]float64, error) {
	return func(plugin table.Plugin) ([]float64, error) {
		of, err := transferred(plugin, size, number)
		mib := float64(size) / table.MiB
		figures := []float64{mib / of.put * 1000, mib / of.get * 1000}
		if number == 1 {
			figures = append(figures, of.peak, of.cpu)
		}
		return figures, err
	}
}

// objectTimes returns the times for one object, and the peak memory of the process.
func objectTimes(size int64, number int) func(table.Plugin) ([]float64, error) {
	return func(plugin table.Plugin) ([]float64, error) {
		of, err := transferred(plugin, size, number)
		return []float64{of.put, of.get, of.peak}, err
	}
}
