//go:build velero1 && moved

package main

import (
	"github.com/sirupsen/logrus"
	"github.com/spf13/pflag"
	"github.com/vmware-tanzu/velero/pkg/features"
	"github.com/vmware-tanzu/velero/pkg/plugin/clientmgmt"
	"github.com/vmware-tanzu/velero/pkg/plugin/clientmgmt/process"
	"github.com/vmware-tanzu/velero/pkg/plugin/framework"
	"github.com/vmware-tanzu/velero/pkg/plugin/framework/common"
)

func discover(dir string, logger *logrus.Logger) (manager, error) {
	features.Enable(enabledFeatures()...)
	registry := process.NewRegistry(dir, logger, logrus.DebugLevel)
	manager := clientmgmt.NewManager(logger, logrus.DebugLevel, registry)
	names := func(kind string) any { return registry.List(common.PluginKind(kind)) }
	return registered{manager: manager, names: names, cleanup: manager.CleanupClients}, registry.DiscoverPlugins()
}

// serveInternal serves no plugins, because the built-in ones are not under test.
func serveInternal([]string) { framework.NewServer().BindFlags(pflag.CommandLine).Serve() }
