package main

import (
	"os"
	"os/exec"
	"time"

	"plugwright.dev/bench/table"
)

// builds measures build times, which takes minutes. BENCH_BUILDS is the program that builds a plugin: `PROGRAM rust|go clean|again`.
func builds() []table.Measure {
	program := os.Getenv("BENCH_BUILDS")
	if program == "" {
		return nil
	}
	build := func(plugin table.Plugin, how string) (float64, error) {
		command := exec.Command(program, plugin.Name, how)
		command.Stdout, command.Stderr = os.Stderr, os.Stderr
		start := time.Now()
		err := command.Run()
		return time.Since(start).Seconds(), err
	}
	return []table.Measure{{
		Figures: []table.Figure{
			{Name: "release build, clean", Unit: "s", Less: true, Main: true},
			{Name: "release build, after one plugin was touched", Unit: "s", Less: true},
		},
		Rounds: 1, Columns: []string{table.Rust, table.Go},
		Take: func(plugin table.Plugin) ([]float64, error) {
			clean, err := build(plugin, "clean")
			if err != nil {
				return nil, err
			}
			again, err := build(plugin, "again")
			return []float64{clean, again}, err
		},
	}}
}
