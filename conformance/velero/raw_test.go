package conformance

import (
	"bytes"
	"context"
	"os/exec"
	"sync"
	"testing"
	"time"

	"github.com/hashicorp/go-hclog"
	"github.com/hashicorp/go-plugin"
	"google.golang.org/grpc"

	"github.com/vmware-tanzu/velero/pkg/plugin/framework"
)

// A rawPlugin is a process started by go-plugin without Velero's client, for calls that this client prevents.
type rawPlugin struct {
	*recording
	client *plugin.Client
	conn   *grpc.ClientConn
	cmd    *exec.Cmd
	// stderr is the process's output, syncStdout and syncStderr are the output through GRPCStdio, hostLog is go-plugin's log.
	stderr, syncStdout, syncStderr, hostLog *buffer
}

type rawOption func(*plugin.ClientConfig)

func withArgs(args ...string) rawOption {
	return func(config *plugin.ClientConfig) { config.Cmd.Args = append(config.Cmd.Args, args...) }
}

func withEnv(env ...string) rawOption {
	return func(config *plugin.ClientConfig) { config.Cmd.Env = append(config.Cmd.Env, env...) }
}

// newRaw creates a client, without starting the process.
func newRaw(t *testing.T, side side, file binary, options ...rawOption) *rawPlugin {
	t.Helper()
	t.Setenv("ARK_FILE_OBJECT_STORE_ROOT", t.TempDir())
	raw := &rawPlugin{
		recording:  newRecording(t),
		cmd:        exec.CommandContext(context.Background(), side.path(file)),
		stderr:     &buffer{},
		syncStdout: &buffer{},
		syncStderr: &buffer{},
		hostLog:    &buffer{},
	}
	config := &plugin.ClientConfig{
		HandshakeConfig:  framework.Handshake(),
		Plugins:          plugin.PluginSet{"PluginLister": &framework.PluginListerPlugin{}},
		Cmd:              raw.cmd,
		AllowedProtocols: []plugin.Protocol{plugin.ProtocolGRPC},
		Stderr:           raw.stderr,
		SyncStdout:       raw.syncStdout,
		SyncStderr:       raw.syncStderr,
		Logger:           hclog.New(&hclog.LoggerOptions{Level: hclog.Trace, Output: raw.hostLog, JSONFormat: true}),
	}
	for _, option := range options {
		option(config)
	}
	raw.client = plugin.NewClient(config)
	t.Cleanup(raw.client.Kill)
	return raw
}

// startRaw starts the process and connects.
func startRaw(t *testing.T, side side, file binary, options ...rawOption) *rawPlugin {
	t.Helper()
	raw := newRaw(t, side, file, options...)
	if err := raw.connect(); err != nil {
		t.Fatalf("%s: %v\n%s", side.name, err, raw.stderr)
	}
	return raw
}

func (r *rawPlugin) connect() error {
	protocol, err := r.client.Client()
	if err != nil {
		return err
	}
	r.conn = protocol.(*plugin.GRPCClient).Conn
	return nil
}

// compareRaw is like compare, for raw plugins.
func compareRaw(t *testing.T, file binary, scenario func(raw *rawPlugin), options ...rawOption) {
	t.Helper()
	var recordings [2]*recording
	for i, side := range []side{twin, ours} {
		raw := startRaw(t, side, file, options...)
		scenario(raw)
		raw.client.Kill()
		recordings[i] = raw.recording
	}
	same(t, recordings[0], recordings[1])
}

// limited returns a context with a timeout for one call.
func limited(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	t.Cleanup(cancel)
	return ctx
}

// A buffer is safe for concurrent use.
type buffer struct {
	mu    sync.Mutex
	bytes bytes.Buffer
}

func (b *buffer) Write(data []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.bytes.Write(data)
}

func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.bytes.String()
}
