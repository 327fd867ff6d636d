package conformance

import (
	"bufio"
	"bytes"
	"io"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/go-plugin"
)

const cookie = "VELERO_PLUGIN=hello"

// A start is the output of a plugin for a host that only reads the handshake line.
type start struct {
	line   string
	status int
	stderr string
	socket string
}

// startWith starts the binary with only this environment, reads a line, and ends the process.
func startWith(t *testing.T, side side, env ...string) start {
	t.Helper()
	cmd := exec.Command(side.path(probe))
	cmd.Env = append([]string{"PATH=" + os.Getenv("PATH")}, env...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := make(chan string, 1)
	go func() {
		line, _ := bufio.NewReader(stdout).ReadString('\n')
		lines <- line
	}()
	var result start
	select {
	case result.line = <-lines:
	case <-time.After(30 * time.Second):
		t.Errorf("%s: neither a line nor an end within 30 s", side.name)
	}
	if result.line == "" {
		_, _ = io.Copy(io.Discard, stdout)
	} else {
		_ = cmd.Process.Kill()
	}
	_ = cmd.Wait()
	result.status, result.stderr = cmd.ProcessState.ExitCode(), stderr.String()
	if parts := strings.Split(result.line, "|"); len(parts) > 3 {
		result.socket = parts[3]
	}
	return result
}

// comparable returns the line without the socket's path.
func (s start) comparable() map[string]any {
	line := s.line
	if s.socket != "" {
		line = strings.Replace(line, s.socket, "SOCKET", 1)
	}
	return map[string]any{"line": line, "status": s.status}
}

// Compares the handshake line for all environments that a host may set.
func TestHandshakeLine(t *testing.T) {
	environments := map[string]string{
		"plain":                  cookie,
		"velero's":               cookie + " PLUGIN_MIN_PORT=10000 PLUGIN_MAX_PORT=25000 PLUGIN_PROTOCOL_VERSIONS=2",
		"other versions, too":    cookie + " PLUGIN_PROTOCOL_VERSIONS=1,2,3",
		"another version":        cookie + " PLUGIN_PROTOCOL_VERSIONS=1",
		"a later version":        cookie + " PLUGIN_PROTOCOL_VERSIONS=7",
		"no versions":            cookie + " PLUGIN_PROTOCOL_VERSIONS=",
		"odd versions":           cookie + " PLUGIN_PROTOCOL_VERSIONS=two,2",
		"multiplexing":           cookie + " PLUGIN_PROTOCOL_VERSIONS=2 PLUGIN_MULTIPLEX_GRPC=true",
		"multiplexing off":       cookie + " PLUGIN_PROTOCOL_VERSIONS=2 PLUGIN_MULTIPLEX_GRPC=false",
		"multiplexing left open": cookie + " PLUGIN_PROTOCOL_VERSIONS=2 PLUGIN_MULTIPLEX_GRPC=",
	}
	recordings := [2]*recording{newRecording(t), newRecording(t)}
	for i, side := range []side{twin, ours} {
		for _, name := range sorted(environments) {
			start := startWith(t, side, strings.Fields(environments[name])...)
			recordings[i].note(name, start.comparable())
			os.Remove(start.socket)
		}
	}
	same(t, recordings[0], recordings[1])
}

// Without the cookie, a plugin prints an explanation to stderr, and no handshake line.
func TestCookie(t *testing.T) {
	recordings := [2]*recording{newRecording(t), newRecording(t)}
	for i, side := range []side{twin, ours} {
		for _, env := range []string{"none=", "VELERO_PLUGIN=", "VELERO_PLUGIN=goodbye", "VELERO_PLUGIN=hello ", "ANOTHER_PLUGIN=hello"} {
			start := startWith(t, side, env)
			recordings[i].note(env, start.comparable())
			recordings[i].note(env+", text on stderr", start.stderr != "")
		}
	}
	same(t, recordings[0], recordings[1])
}

// The socket is in the folder, and belongs to the group, that the host selects.
func TestSocketPlace(t *testing.T) {
	group, err := user.LookupGroupId("1")
	if err != nil {
		t.Skip("no group 1 on this machine")
	}
	recordings := [2]*recording{newRecording(t), newRecording(t)}
	for i, side := range []side{twin, ours} {
		dir := t.TempDir()
		cases := map[string][]string{
			"directory":         {"PLUGIN_UNIX_SOCKET_DIR=" + dir},
			"directory by TMP":  {"TMPDIR=" + dir},
			"group by name":     {"PLUGIN_UNIX_SOCKET_DIR=" + dir, "PLUGIN_UNIX_SOCKET_GROUP=" + group.Name},
			"group by number":   {"PLUGIN_UNIX_SOCKET_DIR=" + dir, "PLUGIN_UNIX_SOCKET_GROUP=1"},
			"no such group":     {"PLUGIN_UNIX_SOCKET_DIR=" + dir, "PLUGIN_UNIX_SOCKET_GROUP=nobody-is-called-so"},
			"no such directory": {"PLUGIN_UNIX_SOCKET_DIR=" + dir + "/none"},
		}
		for _, name := range sorted(cases) {
			start := startWith(t, side, append(cases[name], cookie, "PLUGIN_PROTOCOL_VERSIONS=2")...)
			recordings[i].note(name, map[string]any{
				"answer":       start.comparable(),
				"in directory": filepath.Dir(start.socket) == dir,
				"socket":       socketFile(start.socket),
				"says why":     start.line != "" || start.stderr != "",
			})
			os.Remove(start.socket)
		}
	}
	same(t, recordings[0], recordings[1])
}

// Tests AutoMTLS, which other hosts than Velero use.
func TestAutoMTLS(t *testing.T) {
	compareRaw(t, probe, func(raw *rawPlugin) {
		raw.do("ping", func() error {
			protocol, err := raw.client.Client()
			if err != nil {
				return err
			}
			return protocol.Ping()
		})
		raw.call("call", func() (any, error) {
			method := methodCalled("/generated.BackupItemAction/AppliesTo")
			return nil, raw.invoke(t, method, method.request("probe.plugwright.dev/nothing"))
		})
	}, func(config *plugin.ClientConfig) { config.AutoMTLS = true })
}

// The handshake tells a host that requires multiplexing whether it is supported.
func TestMultiplexing(t *testing.T) {
	recordings := [2]*recording{newRecording(t), newRecording(t)}
	for i, side := range []side{twin, ours} {
		raw := newRaw(t, side, probe, func(config *plugin.ClientConfig) { config.GRPCBrokerMultiplex = true })
		recordings[i].do("connect", raw.connect)
		raw.client.Kill()
	}
	same(t, recordings[0], recordings[1])
}
