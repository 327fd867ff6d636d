package main

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

// host is a plugin process, started as by Velero (pkg/plugin/clientmgmt/process/client_builder.go), but without Velero's manager,
// to measure only the plugin.
type host struct {
	client *hcplugin.Client
	lister framework.PluginLister
	action biav1.BackupItemAction
	store  velero.ObjectStore
	root   string
}

// memoryFolder is the folder for objects, in a memory file system if available, to exclude the speed of a disk.
var memoryFolder = func() string {
	const folder = "/dev/shm"
	if info, err := os.Stat(folder); err == nil && info.IsDir() {
		return folder
	}
	return ""
}()

func startHost(binary string) (*host, error) {
	root, err := os.MkdirTemp(memoryFolder, "bench")
	if err != nil {
		return nil, err
	}
	log := logrus.New()
	log.Out = io.Discard
	command := exec.Command(binary, "--log-level", "error")
	command.Env = append(os.Environ(), "ARK_FILE_OBJECT_STORE_ROOT="+root)
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
	h := &host{client: client, root: root}
	protocol, err := client.Client()
	if err != nil {
		h.kill()
		return nil, err
	}
	lister, err := protocol.Dispense("PluginLister")
	if err != nil {
		h.kill()
		return nil, err
	}
	action, err := protocol.Dispense("BackupItemAction")
	if err != nil {
		h.kill()
		return nil, err
	}
	store, err := protocol.Dispense("ObjectStore")
	if err != nil {
		h.kill()
		return nil, err
	}
	h.lister = lister.(framework.PluginLister)
	h.action = action.(common.ClientDispenser).ClientFor("example.io/backup-plugin").(biav1.BackupItemAction)
	h.store = store.(common.ClientDispenser).ClientFor("example.io/object-store-plugin").(velero.ObjectStore)
	return h, nil
}

func startStore(binary string) (*host, error) {
	h, err := startHost(binary)
	if err != nil {
		return nil, err
	}
	if err := h.store.Init(map[string]string{"bucket": "bucket"}); err != nil {
		h.kill()
		return nil, err
	}
	return h, nil
}

func (h *host) list(expected int) error {
	plugins, err := h.lister.ListPlugins()
	if err == nil && len(plugins) != expected {
		err = fmt.Errorf("expected %[2]d plugins, found %[1]d", len(plugins), expected)
	}
	return err
}

func (h *host) pid() int { return h.client.ReattachConfig().Pid }

func (h *host) kill() {
	h.client.Kill()
	_ = os.RemoveAll(h.root)
}
