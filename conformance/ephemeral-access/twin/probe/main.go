// Command probe is the twin of the access requester in conformance/probe: a test plugin in Go, on EphemeralAccess's own packages.
// Each call contains commands; the README.md of the suite lists them.
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
