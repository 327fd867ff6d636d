package conformance

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/hashicorp/go-hclog"
	goplugin "github.com/hashicorp/go-plugin"

	"github.com/argoproj-labs/argocd-ephemeral-access/pkg/plugin"
)

// A host is the part of EphemeralAccess's controller that handles plugins: its initPlugin (cmd/controller/controller.go), but with a
// logger that writes to a buffer, and the plugin exits with the test.
type host struct {
	*recording
	side      side
	client    *goplugin.Client
	requester plugin.AccessRequester
	// log contains the records of the host's logger, as JSON, at every level.
	log *buffer
	// stderr is the plugin's output, stdout and syncedStderr are the output through go-plugin's streams.
	stderr, stdout, syncedStderr *buffer
	cmd                          *exec.Cmd
}

type option func(*goplugin.ClientConfig)

func withEnv(env ...string) option {
	return func(config *goplugin.ClientConfig) { config.Cmd.Env = append(os.Environ(), env...) }
}

// newHost creates a client, without starting the process.
func newHost(t *testing.T, side side, options ...option) *host {
	t.Helper()
	h := &host{
		recording:    newRecording(t),
		side:         side,
		log:          &buffer{},
		stderr:       &buffer{},
		stdout:       &buffer{},
		syncedStderr: &buffer{},
	}
	config := plugin.NewClientConfig(side.path, hclog.New(&hclog.LoggerOptions{
		Name: "plugin", Level: hclog.Trace, Output: h.log, JSONFormat: true,
	}))
	config.Stderr, config.SyncStdout, config.SyncStderr = h.stderr, h.stdout, h.syncedStderr
	for _, option := range options {
		option(config)
	}
	h.cmd = config.Cmd
	h.client = goplugin.NewClient(config)
	t.Cleanup(h.client.Kill)
	return h
}

// connect starts the process and dispenses the requester.
func (h *host) connect() error {
	requester, err := plugin.GetAccessRequester(h.client)
	h.requester = requester
	return err
}

// startHost returns a requester after Init, as in the controller.
func startHost(t *testing.T, side side, options ...option) *host {
	t.Helper()
	h := newHost(t, side, options...)
	if err := h.connect(); err != nil {
		t.Fatalf("%s: %v\n%s%s", side.name, err, h.stderr, h.log)
	}
	if err := h.requester.Init(); err != nil {
		t.Fatalf("%s: Init: %v", side.name, err)
	}
	return h
}

// compare runs the scenario with the twin and with our plugin, and compares the recordings.
func compare(t *testing.T, scenario func(h *host), options ...option) {
	t.Helper()
	t.Parallel()
	probes.compare(t, func(side side) *host { return startHost(t, side, options...) }, scenario)
}

// compareUnstarted is like compare, for scenarios that connect themselves.
func compareUnstarted(t *testing.T, scenario func(h *host), options ...option) {
	t.Helper()
	t.Parallel()
	probes.compare(t, func(side side) *host { return newHost(t, side, options...) }, scenario)
}

func (s sides) compare(t *testing.T, start func(side side) *host, scenario func(h *host)) {
	t.Helper()
	var recordings [2]*recording
	for i, side := range s {
		h := start(side)
		scenario(h)
		h.client.Kill()
		recordings[i] = h.recording
	}
	same(t, recordings[0], recordings[1])
}

// control returns go-plugin's client of the connection, which can ping, dispense and quit.
func (h *host) control() goplugin.ClientProtocol {
	h.t.Helper()
	protocol, err := h.client.Client()
	if err != nil {
		h.t.Fatal(err)
	}
	return protocol
}

func (h *host) pid() int { return h.client.ReattachConfig().Pid }

func (h *host) socket() string { return h.client.ReattachConfig().Addr.String() }

// exits waits for the exit of the process, and for go-plugin's own goroutines, which set ProcessState.
func (h *host) exits() {
	h.t.Helper()
	eventually(h.t, "the end of the process", h.client.Exited)
	h.client.Kill()
}

// parentOf reads /proc. It returns an empty string if the process has exited.
func parentOf(pid int) string {
	status, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "status"))
	if err != nil {
		return ""
	}
	for line := range strings.Lines(string(status)) {
		if value, found := strings.CutPrefix(line, "PPid:"); found {
			return strings.TrimSpace(value)
		}
	}
	return ""
}

// eventually repeats attempts that may fail temporarily.
func eventually(t *testing.T, what string, attempt func() bool) {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		if attempt() {
			return
		}
	}
	t.Fatalf("%s: timed out after 30 s", what)
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
