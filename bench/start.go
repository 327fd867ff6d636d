package main

import (
	"time"

	"plugwright.dev/bench/host"
	"plugwright.dev/bench/table"
)

// startToExit starts the process, requests the list, and ends the process, as Velero's server does for each binary when it starts.
func startToExit(plugins int, which string) func(table.Plugin) ([]float64, error) {
	return func(plugin table.Plugin) ([]float64, error) {
		binary := plugin.Binary
		if which != "" {
			binary = plugin.Also[which]
		}
		start := time.Now()
		example, err := host.StartExample(binary)
		if err != nil {
			return nil, err
		}
		if err := example.List(plugins); err != nil {
			example.Remove()
			return nil, err
		}
		listed := table.Milliseconds(start)
		example.Kill()
		gone := table.Milliseconds(start)
		example.Remove()
		return []float64{gone, listed}, nil
	}
}

// started starts a process of a binary, and returns the time until its plugins are listed, and its memory then.
func started(binary string, plugins int, env ...string) ([]float64, error) {
	start := time.Now()
	example, err := host.StartExample(binary, env...)
	if err != nil {
		return nil, err
	}
	defer example.Remove()
	if err := example.List(plugins); err != nil {
		return nil, err
	}
	listed := table.Milliseconds(start)
	memory, err := table.Memory(example.PID())
	return []float64{listed, memory}, err
}

// startToExecute measures the time until the first item of a backup is processed.
func startToExecute(plugin table.Plugin) ([]float64, error) {
	start := time.Now()
	example, err := host.StartExample(plugin.Binary)
	if err != nil {
		return nil, err
	}
	defer example.Remove()
	if _, err := example.Execute(host.Pod()); err != nil {
		return nil, err
	}
	return []float64{table.Milliseconds(start)}, nil
}

// startToLine measures the start without the host's work.
func startToLine(plugin table.Plugin) ([]float64, error) {
	took, err := table.StartToLine(plugin.Binary, "VELERO_PLUGIN=hello", "PLUGIN_PROTOCOL_VERSIONS=2")
	return []float64{took}, err
}

// memory measures a process after the list, and after calls with items of typical size.
func memory(plugin table.Plugin) ([]float64, error) {
	example, err := host.StartExample(plugin.Binary)
	if err != nil {
		return nil, err
	}
	defer example.Remove()
	if err := example.List(8); err != nil {
		return nil, err
	}
	listed, err := table.Memory(example.PID())
	if err != nil {
		return nil, err
	}
	for range 1000 {
		if _, err := example.Execute(host.Pod()); err != nil {
			return nil, err
		}
	}
	called, err := table.Memory(example.PID())
	return []float64{listed, called}, err
}
