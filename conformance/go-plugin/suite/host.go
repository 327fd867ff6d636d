package suite

import (
	"bytes"
	"os/exec"
	"strings"
	"sync"
	"testing"

	"github.com/hashicorp/go-hclog"
	plugin "github.com/hashicorp/go-plugin"
)

// handshake is the handshake of go-plugin's examples.
var handshake = plugin.HandshakeConfig{ProtocolVersion: 1, MagicCookieKey: "BASIC_PLUGIN", MagicCookieValue: "hello"}

// A Mode is a combination of connection options.
type Mode struct {
	name      string
	mtls, mux bool
}

// The modes.
var (
	Plain    = Mode{name: "plain"}
	AutoMTLS = Mode{name: "AutoMTLS", mtls: true}
	// Multiplexed uses one socket for all brokered connections.
	Multiplexed    = Mode{name: "multiplexed", mux: true}
	MultiplexedTLS = Mode{name: "multiplexed with AutoMTLS", mtls: true, mux: true}
)

// InEachMode runs a test in each mode, on both sides.
func InEachMode(t *testing.T, test func(t *testing.T, side Side, mode Mode)) {
	InModes(t, []Mode{Plain, AutoMTLS, Multiplexed, MultiplexedTLS}, test)
}

// InModes runs a test in these modes, on both sides.
func InModes(t *testing.T, modes []Mode, test func(t *testing.T, side Side, mode Mode)) {
	for _, mode := range modes {
		t.Run(mode.name, func(t *testing.T) {
			OnBothSides(t, func(t *testing.T, side Side) { test(t, side, mode) })
		})
	}
}

// A Host uses go-plugin's client, for modes that the examples' host programs do not support.
type Host struct {
	*plugin.Client
	t *testing.T
	// Dir is the plugin's working directory.
	Dir  string
	logs *Buffer
}

// Config returns the configuration of the examples' hosts, for a plugin in its own directory.
func Config(t *testing.T, file string, mode Mode, plugins plugin.PluginSet) *plugin.ClientConfig {
	command := exec.Command(file)
	command.Dir = t.TempDir()
	return &plugin.ClientConfig{
		HandshakeConfig:     handshake,
		Plugins:             plugins,
		Cmd:                 command,
		AllowedProtocols:    []plugin.Protocol{plugin.ProtocolNetRPC, plugin.ProtocolGRPC},
		AutoMTLS:            mode.mtls,
		GRPCBrokerMultiplex: mode.mux,
	}
}

// NewHost creates a host that ends the plugin at the end of the test.
func NewHost(t *testing.T, config *plugin.ClientConfig) *Host {
	h := &Host{t: t, logs: &Buffer{}}
	config.Logger = hclog.New(&hclog.LoggerOptions{Name: "host", Level: hclog.Trace, Output: h.logs})
	h.Client = plugin.NewClient(config)
	if config.Cmd != nil {
		h.Dir = config.Cmd.Dir
	}
	t.Cleanup(func() {
		h.Kill()
		if t.Failed() {
			t.Logf("the host's log:\n%s", h.logs)
		}
	})
	return h
}

// Reattach connects a second host to the plugin of the first.
func Reattach(t *testing.T, first *Host, plugins plugin.PluginSet) *Host {
	t.Helper()
	first.Connect()
	config := Config(t, "", Plain, plugins)
	config.Cmd, config.Reattach = nil, first.ReattachConfig()
	second := NewHost(t, config)
	second.Dir = first.Dir
	return second
}

// Connect connects to the plugin, or ends the test.
func (h *Host) Connect() plugin.ClientProtocol {
	h.t.Helper()
	protocol, err := h.Client.Client()
	if err != nil {
		h.t.Fatal(err)
	}
	return protocol
}

// Dispense returns a plugin by its name, or ends the test.
func Dispense[T any](h *Host, name string) T {
	h.t.Helper()
	raw, err := h.Connect().Dispense(name)
	if err != nil {
		h.t.Fatal(err)
	}
	return raw.(T)
}

// Ends fails the test unless the plugin exits regularly on request. Over net/rpc, HashiCorp's plugins often exit before
// the response is written (rpc_server.go, Quit), so the host reports a failure.
func (h *Host) Ends(side Side) {
	h.t.Helper()
	h.Kill()
	if !h.Exited() {
		h.t.Error("the plugin is still running")
	}
	if side.IsTheirs() && h.Protocol() == plugin.ProtocolNetRPC {
		return
	}
	Lacks(h.t, h.logs.String(), "failed to exit gracefully", "error closing client")
}

// Logs returns the host's log so far.
func (h *Host) Logs() string { return h.logs.String() }

// Contains fails the test unless the text contains all parts.
func Contains(t *testing.T, text string, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if !strings.Contains(text, part) {
			t.Errorf("expected %q in:\n%s", part, text)
		}
	}
}

// Lacks fails the test if the text contains one of the parts.
func Lacks(t *testing.T, text string, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if strings.Contains(text, part) {
			t.Errorf("found %q in:\n%s", part, text)
		}
	}
}

// A Buffer is safe for concurrent use.
type Buffer struct {
	mutex  sync.Mutex
	buffer bytes.Buffer
}

// Write implements [io.Writer].
func (b *Buffer) Write(data []byte) (int, error) {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	return b.buffer.Write(data)
}

// String returns the content so far.
func (b *Buffer) String() string {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	return b.buffer.String()
}
