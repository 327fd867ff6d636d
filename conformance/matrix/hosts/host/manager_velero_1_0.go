//go:build velero1 && heptio

package main

import (
	"github.com/heptio/velero/pkg/plugin/clientmgmt"
	"github.com/heptio/velero/pkg/plugin/framework"
	"github.com/sirupsen/logrus"
	"github.com/spf13/pflag"
)

func discover(dir string, logger *logrus.Logger) (manager, error) {
	registry := clientmgmt.NewRegistry(dir, logger, logrus.DebugLevel)
	manager := clientmgmt.NewManager(logger, logrus.DebugLevel, registry)
	names := func(kind string) any { return registry.List(framework.PluginKind(kind)) }
	return registered{manager: manager, names: names, cleanup: manager.CleanupClients}, registry.DiscoverPlugins()
}

// serveInternal serves no plugins, because the built-in ones are not under test.
func serveInternal([]string) { framework.NewServer().BindFlags(pflag.CommandLine).Serve() }
