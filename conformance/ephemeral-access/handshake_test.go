package conformance

import (
	"bufio"
	"bytes"
	"io"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	goplugin "github.com/hashicorp/go-plugin"
)

const cookie = "EPHEMERAL_ACCESS_PLUGIN=ephemeralaccess"

// A start is the output of a plugin for a host that only reads the handshake line.
type start struct {
	line, stderr, socket string
	status               int
}

// startWith starts the binary with only this environment, reads a line, and ends the process.
func startWith(t *testing.T, side side, env ...string) start {
	t.Helper()
	cmd := exec.Command(side.path)
	cmd.Env = append([]string{"PATH=" + os.Getenv("PATH")}, env...)
	if !slices.ContainsFunc(env, func(variable string) bool { return strings.HasPrefix(variable, "TMPDIR=") }) {
		cmd.Env = append(cmd.Env, "TMPDIR="+os.Getenv("TMPDIR"))
	}
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
		t.Errorf("%s: neither a line nor an exit within 30 s", side.name)
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
	t.Parallel()
	recordings := [2]*recording{newRecording(t), newRecording(t)}
	for i, side := range probes {
		for _, of := range [][2]string{
			{"plain", cookie},
			{"the controller's", cookie + " PLUGIN_MIN_PORT=10000 PLUGIN_MAX_PORT=25000 PLUGIN_PROTOCOL_VERSIONS=1"},
			{"other versions, too", cookie + " PLUGIN_PROTOCOL_VERSIONS=1,2,3"},
			{"another version", cookie + " PLUGIN_PROTOCOL_VERSIONS=2"},
			{"no versions", cookie + " PLUGIN_PROTOCOL_VERSIONS="},
			{"odd versions", cookie + " PLUGIN_PROTOCOL_VERSIONS=one,1"},
			{"multiplexing", cookie + " PLUGIN_PROTOCOL_VERSIONS=1 PLUGIN_MULTIPLEX_GRPC=true"},
			{"multiplexing left open", cookie + " PLUGIN_PROTOCOL_VERSIONS=1 PLUGIN_MULTIPLEX_GRPC="},
		} {
			start := startWith(t, side, strings.Fields(of[1])...)
			recordings[i].note(of[0], start.comparable())
			os.Remove(start.socket)
		}
	}
	same(t, recordings[0], recordings[1])
}

// Without the cookie, a plugin prints an explanation to stderr, and no handshake line.
func TestCookie(t *testing.T) {
	t.Parallel()
	recordings := [2]*recording{newRecording(t), newRecording(t)}
	for i, side := range probes {
		for _, env := range []string{"none=", "EPHEMERAL_ACCESS_PLUGIN=", "EPHEMERAL_ACCESS_PLUGIN=hello", cookie + " ", "ANOTHER_PLUGIN=ephemeralaccess"} {
			start := startWith(t, side, env)
			recordings[i].note(env, start.comparable())
			recordings[i].note(env+", text on stderr", start.stderr != "")
		}
	}
	same(t, recordings[0], recordings[1])
}

// The socket is in the folder, and belongs to the group, that the host selects.
func TestSocketPlace(t *testing.T) {
	t.Parallel()
	group, err := user.LookupGroupId("1")
	if err != nil {
		t.Skip("no group 1 on this machine")
	}
	recordings := [2]*recording{newRecording(t), newRecording(t)}
	for i, side := range probes {
		dir := t.TempDir()
		for _, of := range []struct {
			name string
			env  []string
		}{
			{"directory", []string{"PLUGIN_UNIX_SOCKET_DIR=" + dir}},
			{"directory by TMP", []string{"TMPDIR=" + dir}},
			{"group by name", []string{"PLUGIN_UNIX_SOCKET_DIR=" + dir, "PLUGIN_UNIX_SOCKET_GROUP=" + group.Name}},
			{"no such group", []string{"PLUGIN_UNIX_SOCKET_DIR=" + dir, "PLUGIN_UNIX_SOCKET_GROUP=nobody-is-called-so"}},
			{"no such directory", []string{"PLUGIN_UNIX_SOCKET_DIR=" + dir + "/none"}},
		} {
			start := startWith(t, side, append(of.env, cookie, "PLUGIN_PROTOCOL_VERSIONS=1")...)
			recordings[i].note(of.name, map[string]any{
				"answer":       start.comparable(),
				"in directory": filepath.Dir(start.socket) == dir,
				"says why":     start.line != "" || start.stderr != "",
			})
			os.Remove(start.socket)
		}
	}
	same(t, recordings[0], recordings[1])
}

// Tests AutoMTLS, which other hosts than EphemeralAccess use.
func TestAutoMTLS(t *testing.T) {
	compare(t, func(h *host) {
		h.do("ping", h.control().Ping)
		h.both("call", request("granted:yes"), application())
		h.note("wrong answers", h.atOnce(8, 100))
		h.quit()
		h.note("status", h.cmd.ProcessState.ExitCode())
	}, func(config *goplugin.ClientConfig) { config.AutoMTLS = true })
}

// Hosts of another kind or version get an error instead of an access requester.
func TestWrongHost(t *testing.T) {
	t.Run("cookie", func(t *testing.T) {
		compareUnstarted(t, func(h *host) { h.startsNot() }, func(config *goplugin.ClientConfig) {
			config.HandshakeConfig.MagicCookieValue = "another"
		})
	})
	t.Run("version", func(t *testing.T) {
		compareUnstarted(t, func(h *host) { h.startsNot() }, func(config *goplugin.ClientConfig) {
			config.HandshakeConfig.ProtocolVersion = 2
		})
	})
	t.Run("protocol", func(t *testing.T) {
		compareUnstarted(t, func(h *host) { h.startsNot() }, func(config *goplugin.ClientConfig) {
			config.AllowedProtocols = []goplugin.Protocol{goplugin.ProtocolGRPC}
		})
	})
}

func (h *host) startsNot() {
	err := h.connect()
	if err == nil {
		h.t.Fatalf("%s: it started", h.side.name)
	}
	// go-plugin adds information about the file to the first line.
	line, _, _ := strings.Cut(err.Error(), "\n")
	h.note("reason", line)
}
