//go:build velero1 && !heptio

package main

import (
	"os"
	"strings"
)

// enabledFeatures are those that the server's arguments turn on.
func enabledFeatures() []string {
	for i, arg := range os.Args {
		if arg == "--features" && i+1 < len(os.Args) {
			return strings.Split(os.Args[i+1], ",")
		}
	}
	return nil
}
