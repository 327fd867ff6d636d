package main

import (
	"time"

	"plugwright.dev/bench/host"
	"plugwright.dev/bench/table"
)

const provider = "velero.io/aws"

// start starts a plugin that gets its credentials from AWS_SHARED_CREDENTIALS_FILE.
func start(binary string) (*host.Host, error) {
	return host.Start(binary, "AWS_EC2_METADATA_DISABLED=true")
}

// startToExit starts the process, requests the list, and ends the process, as Velero's server does for each binary when it starts.
func startToExit(plugin table.Plugin) ([]float64, error) {
	begin := time.Now()
	process, err := start(plugin.Binary)
	if err != nil {
		return nil, err
	}
	defer process.Kill()
	if err := process.List(plugins[plugin.Name]); err != nil {
		return nil, err
	}
	listed := table.Milliseconds(begin)
	process.Kill()
	return []float64{table.Milliseconds(begin), listed}, nil
}

// plugins are the plugins in a binary: ours has three object stores, the Go plugin has one and a volume snapshotter.
var plugins = map[string]int{table.Rust: 3, table.Earlier: 3, table.Go: 2}

// startToLine measures the start without the host's work.
func startToLine(binary string) (float64, error) {
	return table.StartToLine(binary, "VELERO_PLUGIN=hello", "PLUGIN_PROTOCOL_VERSIONS=2")
}

// startToValidated measures Velero's validation of a location, which it repeats every minute.
func (l location) startToValidated(plugin table.Plugin) ([]float64, error) {
	begin := time.Now()
	process, store, err := l.start(plugin)
	if err != nil {
		return nil, err
	}
	defer process.Kill()
	_, err = store.ListCommonPrefixes(bucket, "", "/")
	return []float64{table.Milliseconds(begin)}, err
}

func memoryAfterList(plugin table.Plugin) ([]float64, error) {
	process, err := start(plugin.Binary)
	if err != nil {
		return nil, err
	}
	defer process.Kill()
	if err := process.List(plugins[plugin.Name]); err != nil {
		return nil, err
	}
	memory, err := table.Memory(process.PID())
	return []float64{memory}, err
}
