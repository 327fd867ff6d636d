//go:build velero1 && !heptio

package main

import (
	"os"
	"strings"
)

// enabledFeatures returns the features that the server's arguments enable.
func enabledFeatures() []string {
	for i, arg := range os.Args {
		if arg == "--features" && i+1 < len(os.Args) {
			return strings.Split(os.Args[i+1], ",")
		}
	}
	return nil
}
