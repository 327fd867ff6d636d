// Package suite has what the tests share: the programs of both sides, and a host with go-plugin's client.
package suite

import (
	"flag"
	"fmt"
	"log"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// A Side is one of the two implementations that are compared: HashiCorp's and ours.
type Side struct {
	name string
	// plugins holds the example plugins, under the same names on both sides.
	plugins string
}

// Plugin is the path of one of its plugins.
func (s Side) Plugin(name string) string { return filepath.Join(s.plugins, name) }

// The example plugins.
const (
	Greeter    = "greeter"    // examples/basic
	Counter    = "counter"    // examples/bidirectional
	KV         = "kv"         // examples/grpc, over gRPC
	KVNetRPC   = "kv-netrpc"  // examples/grpc, over net/rpc
	Negotiated = "negotiated" // examples/negotiated
	Streamer   = "streamer"   // examples/streaming
)

// AllPlugins are their names.
var AllPlugins = []string{Greeter, Counter, KV, KVNetRPC, Negotiated, Streamer}

// Helper is the process that go-plugin's own tests start: their test binary, or our stand-in. go-plugin names its
// loggers after the file, and the tests look for that name.
const Helper = "go-plugin.test"

var (
	// Theirs is HashiCorp's side, Ours is ours.
	Theirs, Ours Side
	// Hosts is the directory of the host programs of go-plugin's examples.
	Hosts string
	// OurHost is the host program that uses our client.
	OurHost string
)

// originals are the programs that are built from go-plugin's module: the host of each example, and its plugins.
var originals = []struct{ pkg, file string }{
	{"basic", "hosts/basic"},
	{"bidirectional", "hosts/bidirectional"},
	{"grpc", "hosts/grpc"},
	{"negotiated", "hosts/negotiated"},
	{"streaming", "hosts/streaming"},
	{"basic/plugin", "theirs/" + Greeter},
	{"bidirectional/plugin-go-grpc", "theirs/" + Counter},
	{"grpc/plugin-go-grpc", "theirs/" + KV},
	{"grpc/plugin-go-netrpc", "theirs/" + KVNetRPC},
	{"negotiated/plugin-go", "theirs/" + Negotiated},
	{"streaming/plugin", "theirs/" + Streamer},
}

// Run is a package's TestMain.
func Run(m *testing.M) int {
	flag.Parse()
	dir, err := os.MkdirTemp("", "conformance-")
	if err != nil {
		log.Print(err)
		return 1
	}
	defer os.RemoveAll(dir)
	Hosts = filepath.Join(dir, "hosts")
	Theirs = Side{"theirs", filepath.Join(dir, "theirs")}
	Ours = Side{"ours", filepath.Join(dir, "ours")}
	if err := prepare(dir); err != nil {
		log.Print(err)
		return 1
	}
	// A process that is killed leaves its socket behind.
	os.Setenv("TMPDIR", dir)
	return m.Run()
}

// prepare builds the originals into dir, and puts our binaries beside them.
func prepare(dir string) error {
	const module = "github.com/hashicorp/go-plugin"
	for _, original := range originals {
		out := filepath.Join(dir, original.file)
		if err := build("build", "-o", out, module+"/examples/"+original.pkg); err != nil {
			return err
		}
	}
	if err := build("test", "-c", "-o", Theirs.Plugin(Helper), module); err != nil {
		return err
	}
	if err := os.MkdirAll(Ours.plugins, 0o755); err != nil {
		return err
	}
	for _, name := range append(AllPlugins, Helper) {
		target, err := locate(name)
		if err != nil {
			return err
		}
		if err := os.Symlink(target, Ours.Plugin(name)); err != nil {
			return err
		}
	}
	var err error
	OurHost, err = locate("host")
	return err
}

func build(args ...string) error {
	command := exec.Command("go", args...)
	command.Env = append(os.Environ(), "CGO_ENABLED=0", "GOFLAGS=-mod=readonly")
	if output, err := command.CombinedOutput(); err != nil {
		return fmt.Errorf("go %v: %w\n%s", args, err, output)
	}
	return nil
}

// selfCheck is on while HashiCorp's plugins are on both sides, to test the suite itself.
var selfCheck = os.Getenv("GO_PLUGIN_BIN_DIR") == "theirs"

// locate finds a Rust binary: in GO_PLUGIN_BIN_DIR, else where cargo puts it.
func locate(name string) (string, error) {
	if selfCheck {
		return Theirs.Plugin(name), nil
	}
	file := "go-plugin-" + name
	if name == Helper {
		file = "go-plugin-helper"
	}
	dirs := []string{"../../../target/debug", "../../../target/release"}
	if dir := os.Getenv("GO_PLUGIN_BIN_DIR"); dir != "" {
		dirs = []string{dir}
	}
	for _, dir := range dirs {
		path, err := filepath.Abs(filepath.Join(dir, file))
		if err != nil {
			return "", err
		}
		if _, err := os.Stat(path); err == nil {
			return path, nil
		}
	}
	return "", fmt.Errorf("%s is in none of %v: build it with cargo, or set GO_PLUGIN_BIN_DIR", file, dirs)
}

// OnBothSides runs a test with HashiCorp's plugins, which tests the suite itself, and with ours.
func OnBothSides(t *testing.T, test func(t *testing.T, side Side)) {
	t.Helper()
	for _, side := range []Side{Theirs, Ours} {
		t.Run(side.name, func(t *testing.T) { test(t, side) })
	}
}
