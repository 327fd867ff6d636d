// Command probe is a plugin made for tests, in Go on EphemeralAccess's own packages: the twin of the access requester in
// conformance/probe, which is the same in Rust. What it does is decided by each call; README.md beside this file has the table.
package main

import (
	"fmt"
	"os"

	goplugin "github.com/hashicorp/go-plugin"

	"github.com/argoproj-labs/argocd-ephemeral-access/pkg/log"
	"github.com/argoproj-labs/argocd-ephemeral-access/pkg/plugin"
)

func main() {
	logger, err := log.NewPluginLogger()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	goplugin.Serve(plugin.NewServerConfig(&requester{script{log: logger}}, logger))
}
