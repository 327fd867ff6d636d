package main

import (
	"fmt"
	"io"
	"os"
	"os/exec"

	hclog "github.com/hashicorp/go-hclog"
	hcplugin "github.com/hashicorp/go-plugin"
	"github.com/sirupsen/logrus"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/vmware-tanzu/velero/pkg/plugin/framework"
	"github.com/vmware-tanzu/velero/pkg/plugin/framework/common"
	"github.com/vmware-tanzu/velero/pkg/plugin/velero"
	biav1 "github.com/vmware-tanzu/velero/pkg/plugin/velero/backupitemaction/v1"

	"plugwright.dev/bench/table"
)

// host is one plugin process, started as Velero starts it (pkg/plugin/clientmgmt/process/client_builder.go), without the
// manager around it, so that what is measured is the plugin.
type host struct {
	client *hcplugin.Client
	lister framework.PluginLister
	action biav1.BackupItemAction
	store  velero.ObjectStore
	root   string
}

func startHost(binary string) (*host, error) {
	root, err := os.MkdirTemp("", "bench")
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

func (h *host) list() error {
	plugins, err := h.lister.ListPlugins()
	if err == nil && len(plugins) != 8 {
		err = fmt.Errorf("%d plugins, and not eight", len(plugins))
	}
	return err
}

func (h *host) execute(item *unstructured.Unstructured, calls int) (updated any, err error) {
	for range calls {
		if updated, _, err = h.action.Execute(item, backup); err != nil {
			return nil, err
		}
	}
	return updated, nil
}

// memory is what the plugin's process holds, in MiB.
func (h *host) memory() (float64, error) { return table.Memory(h.client.ReattachConfig().Pid) }

func (h *host) kill() {
	h.client.Kill()
	_ = os.RemoveAll(h.root)
}
