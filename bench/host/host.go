// Package host starts plugins with the client code of Velero and go-plugin.
package host

import (
	"fmt"
	"io"
	"os"
	"os/exec"

	hclog "github.com/hashicorp/go-hclog"
	hcplugin "github.com/hashicorp/go-plugin"
	"github.com/sirupsen/logrus"
	"github.com/vmware-tanzu/velero/pkg/plugin/framework"
	"github.com/vmware-tanzu/velero/pkg/plugin/framework/common"
	"github.com/vmware-tanzu/velero/pkg/plugin/velero"
	biav1 "github.com/vmware-tanzu/velero/pkg/plugin/velero/backupitemaction/v1"
)

// A Host is a plugin process, started as by Velero (pkg/plugin/clientmgmt/process/client_builder.go), but without Velero's manager,
// to measure only the plugin.
type Host struct {
	client *hcplugin.Client
	lister framework.PluginLister
	action common.ClientDispenser
	store  common.ClientDispenser
}

// Start starts a plugin with additional environment variables.
func Start(binary string, env ...string) (*Host, error) {
	log := logrus.New()
	log.Out = io.Discard
	command := exec.Command(binary, "--log-level", "error")
	command.Env = append(os.Environ(), env...)
	client := hcplugin.NewClient(&hcplugin.ClientConfig{
		HandshakeConfig:  framework.Handshake(),
		AllowedProtocols: []hcplugin.Protocol{hcplugin.ProtocolGRPC},
		Plugins: map[string]hcplugin.Plugin{
			"PluginLister":     &framework.PluginListerPlugin{},
			"BackupItemAction": framework.NewBackupItemActionPlugin(common.ClientLogger(log)),
			"ObjectStore":      framework.NewObjectStorePlugin(common.ClientLogger(log)),
		},
		Logger: hclog.NewNullLogger(),
		Cmd:    command,
	})
	h := &Host{client: client}
	protocol, err := client.Client()
	if err != nil {
		h.Kill()
		return nil, err
	}
	lister, err := protocol.Dispense("PluginLister")
	if err != nil {
		h.Kill()
		return nil, err
	}
	action, err := protocol.Dispense("BackupItemAction")
	if err != nil {
		h.Kill()
		return nil, err
	}
	store, err := protocol.Dispense("ObjectStore")
	if err != nil {
		h.Kill()
		return nil, err
	}
	h.lister = lister.(framework.PluginLister)
	h.action = action.(common.ClientDispenser)
	h.store = store.(common.ClientDispenser)
	return h, nil
}

// Action returns a BackupItemAction.
func (h *Host) Action(name string) biav1.BackupItemAction {
	return h.action.ClientFor(name).(biav1.BackupItemAction)
}

// Store returns an ObjectStore.
func (h *Host) Store(name string) velero.ObjectStore {
	return h.store.ClientFor(name).(velero.ObjectStore)
}

// Names lists the plugins of the process.
func (h *Host) Names() ([]string, error) {
	plugins, err := h.lister.ListPlugins()
	var names []string
	for _, plugin := range plugins {
		names = append(names, plugin.Name)
	}
	return names, err
}

// List lists the plugins of the process, and checks their number.
func (h *Host) List(expected int) error {
	plugins, err := h.Names()
	if err == nil && len(plugins) != expected {
		err = fmt.Errorf("expected %[2]d plugins, found %[1]d", len(plugins), expected)
	}
	return err
}

// PID returns the id of the process.
func (h *Host) PID() int { return h.client.ReattachConfig().Pid }

// Kill ends the process.
func (h *Host) Kill() { h.client.Kill() }
