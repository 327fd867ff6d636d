package examples

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"plugwright.dev/conformance/go-plugin/suite"
)

// Runs the unchanged host programs of go-plugin's examples with the plugins of each side.

// An exampleHost runs a host program in its own directory, where plugins store files.
type exampleHost struct {
	t    *testing.T
	name string
	dir  string
	env  []string
}

func newExampleHost(t *testing.T, name string, env ...string) *exampleHost {
	return &exampleHost{t: t, name: name, dir: t.TempDir(), env: env}
}

// link creates a link to a plugin at the path that the host expects.
func (h *exampleHost) link(plugin, at string) {
	h.t.Helper()
	path := filepath.Join(h.dir, at)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		h.t.Fatal(err)
	}
	if err := os.Symlink(plugin, path); err != nil {
		h.t.Fatal(err)
	}
}

// run returns the host's stdout and stderr. It ends the test if the host fails.
func (h *exampleHost) run(args ...string) (string, string) {
	h.t.Helper()
	stdout, stderr, err := h.try(args...)
	if err != nil {
		h.t.Fatalf("%s %v: %v\nstdout: %s\nstderr: %s", h.name, args, err, stdout, stderr)
	}
	return stdout, stderr
}

func (h *exampleHost) try(args ...string) (string, string, error) {
	var stdout, stderr bytes.Buffer
	command := exec.Command(suite.Theirs.Program(h.t, "host-"+h.name), args...)
	command.Dir = h.dir
	command.Env = append(os.Environ(), h.env...)
	command.Stdout, command.Stderr = &stdout, &stderr
	err := command.Run()
	return stdout.String(), stderr.String(), err
}

func (h *exampleHost) wants(want string, args ...string) {
	h.t.Helper()
	if got, _ := h.run(args...); got != want {
		h.t.Errorf("%s %v: expected %q, found %q", h.name, args, want, got)
	}
}

func TestExampleBasic(t *testing.T) {
	suite.OnBothSides(t, func(t *testing.T, side suite.Side) {
		host := newExampleHost(t, "basic")
		host.link(side.Program(t, suite.Greeter), "plugin/greeter")
		stdout, _ := host.run()
		suite.Contains(t, stdout,
			"\nHello!\n",
			"[DEBUG] plugin.greeter: message from plugin: ", " foo=bar ",
			"[DEBUG] plugin.greeter: message from GreeterHello.Greet: ",
			"[INFO]  plugin: plugin process exited: plugin=./plugin/greeter",
		)
		// With net/rpc, HashiCorp's plugin may exit before it has written the response to Quit (rpc_server.go).
		if !side.IsTheirs() {
			suite.Lacks(t, stdout, "failed to exit gracefully")
		}
	})
}

func TestExampleBidirectional(t *testing.T) {
	suite.OnBothSides(t, func(t *testing.T, side suite.Side) {
		host := newExampleHost(t, "bidirectional", "COUNTER_PLUGIN="+side.Program(t, suite.Counter))
		for _, step := range []struct{ add, sum string }{{"1", "1\n"}, {"41", "42\n"}, {"-2", "40\n"}} {
			host.wants("", "put", "hello", step.add)
			host.wants(step.sum, "get", "hello")
		}
	})
}

func TestExampleGRPC(t *testing.T) {
	for _, protocol := range []struct{ name, plugin, from string }{
		{"grpc", suite.KV, "plugin-go-grpc"},
		{"netrpc", suite.KVNetRPC, "plugin-go-netrpc"},
	} {
		t.Run(protocol.name, func(t *testing.T) {
			suite.OnBothSides(t, func(t *testing.T, side suite.Side) {
				host := newExampleHost(t, "grpc", "KV_PLUGIN="+side.Program(t, protocol.plugin), "KV_PROTO="+protocol.name)
				host.wants("", "put", "hello", "world")
				host.wants("world\n\nWritten from "+protocol.from+"\n", "get", "hello")
				host.wants("", "put", "hello", "")
				host.wants("\n\nWritten from "+protocol.from+"\n", "get", "hello")
				if stdout, _, err := host.try("get", "nothing"); err == nil {
					t.Errorf("expected an error for a key that was not put, found %q", stdout)
				} else {
					suite.Contains(t, stdout, "open kv_nothing: no such file or directory")
				}
			})
		})
	}
}

func TestExampleNegotiated(t *testing.T) {
	for protocol, version := range map[string]string{"netrpc": "2", "grpc": "3"} {
		t.Run(protocol, func(t *testing.T) {
			suite.OnBothSides(t, func(t *testing.T, side suite.Side) {
				host := newExampleHost(t, "negotiated", "KV_PROTO="+protocol)
				host.link(side.Program(t, suite.Negotiated), "kv-plugin")
				host.wants("", "put", "hello", "world")
				host.wants("world\n\nWritten from plugin version "+version+"\nRead by plugin version "+version+"\n\n", "get", "hello")
			})
		})
	}
}

func TestExampleStreaming(t *testing.T) {
	suite.OnBothSides(t, func(t *testing.T, side suite.Side) {
		host := newExampleHost(t, "streaming")
		host.link(side.Program(t, suite.Streamer), "plugin/streamer")
		_, stderr := host.run("file")
		suite.Contains(t, stderr, `"received 26 bytes"`, `"bytes":"Lorem ipsum dolor sit amet"`)
		written, err := os.ReadFile(filepath.Join(host.dir, "file"))
		if err != nil || string(written) != "Lorem ipsum dolor sit amet" {
			t.Errorf("found %q, %v", written, err)
		}
	})
}
