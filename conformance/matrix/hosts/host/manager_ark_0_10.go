//go:build ark010

package main

import (
	"github.com/heptio/ark/pkg/plugin"
	"github.com/sirupsen/logrus"
)

func discover(dir string, logger *logrus.Logger) (manager, error) {
	registry := plugin.NewRegistry(dir, logger, logrus.DebugLevel)
	manager := plugin.NewManager(logger, logrus.DebugLevel, registry)
	names := func(kind string) any { return registry.List(plugin.PluginKind(kind)) }
	return registered{manager: manager, names: names, cleanup: manager.CleanupClients}, registry.DiscoverPlugins()
}

// serveInternal serves no plugins, because the built-in ones are not under test.
func serveInternal([]string) { plugin.NewServer(plugin.NewLogger()).Serve() }
