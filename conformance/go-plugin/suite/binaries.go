// Package suite has what the tests share: the programs of both sides, and a host with go-plugin's client.
package suite

import (
	"flag"
	"fmt"
	"log"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
)

// A Side is one of the two implementations that are compared: HashiCorp's and ours.
type Side struct {
	name string
	// program finds or builds one of its programs.
	program func(dir, name string) error
}

// The two sides.
var (
	Theirs = Side{"theirs", build}
	Ours   = Side{"ours", link}
)

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

// packages of go-plugin's module, and what is built from them. Names that begin with host- are the host programs of its
// examples.
var packages = map[string]string{
	"host-basic":         "examples/basic",
	"host-bidirectional": "examples/bidirectional",
	"host-grpc":          "examples/grpc",
	"host-negotiated":    "examples/negotiated",
	"host-streaming":     "examples/streaming",
	Greeter:              "examples/basic/plugin",
	Counter:              "examples/bidirectional/plugin-go-grpc",
	KV:                   "examples/grpc/plugin-go-grpc",
	KVNetRPC:             "examples/grpc/plugin-go-netrpc",
	Negotiated:           "examples/negotiated/plugin-go",
	Streamer:             "examples/streaming/plugin",
	Helper:               "",
}

var (
	dir      string
	programs sync.Map
)

// Run is a package's TestMain.
func Run(m *testing.M) int {
	flag.Parse()
	var err error
	if dir, err = os.MkdirTemp("", "conformance-"); err != nil {
		log.Print(err)
		return 1
	}
	defer os.RemoveAll(dir)
	// A process that is killed leaves its socket behind.
	os.Setenv("TMPDIR", filepath.Join(dir, "tmp"))
	for _, folder := range []string{"tmp", Theirs.name, Ours.name} {
		if err := os.Mkdir(filepath.Join(dir, folder), 0o755); err != nil {
			log.Print(err)
			return 1
		}
	}
	return m.Run()
}

// Program is the path of one of the side's programs. The first test that needs it builds it.
func (s Side) Program(t *testing.T, name string) string {
	t.Helper()
	folder := filepath.Join(dir, s.name)
	built, _ := programs.LoadOrStore(s.name+"/"+name, sync.OnceValue(func() error { return s.program(folder, name) }))
	if err := built.(func() error)(); err != nil {
		t.Fatal(err)
	}
	return filepath.Join(folder, name)
}

func build(dir, name string) error {
	pkg, known := packages[name]
	if !known {
		return fmt.Errorf("%s is not a program of go-plugin's", name)
	}
	args := []string{"build"}
	if name == Helper {
		args = []string{"test", "-c"}
	}
	args = append(args, "-o", filepath.Join(dir, name), filepath.Join("github.com/hashicorp/go-plugin", pkg))
	command := exec.Command("go", args...)
	command.Env = append(os.Environ(), "CGO_ENABLED=0", "GOFLAGS=-mod=readonly")
	if output, err := command.CombinedOutput(); err != nil {
		return fmt.Errorf("go %v: %w\n%s", args, err, output)
	}
	return nil
}

// selfCheck is on while HashiCorp's plugins are on both sides, to test the suite itself.
var selfCheck = os.Getenv("GO_PLUGIN_BIN_DIR") == "theirs"

// link finds a Rust program: in GO_PLUGIN_BIN_DIR, else where cargo puts it.
func link(dir, name string) error {
	if selfCheck {
		return build(dir, name)
	}
	file := "go-plugin-" + name
	if name == Helper {
		file = "go-plugin-helper"
	}
	folders := []string{"../../../target/debug", "../../../target/release"}
	if folder := os.Getenv("GO_PLUGIN_BIN_DIR"); folder != "" {
		folders = []string{folder}
	}
	for _, folder := range folders {
		path, err := filepath.Abs(filepath.Join(folder, file))
		if err != nil {
			return err
		}
		if _, err := os.Stat(path); err == nil {
			return os.Symlink(path, filepath.Join(dir, name))
		}
	}
	return fmt.Errorf("%s is in none of %v: build it with cargo, or set GO_PLUGIN_BIN_DIR", file, folders)
}

// OnBothSides runs a test with HashiCorp's plugins, which tests the suite itself, and with ours.
func OnBothSides(t *testing.T, test func(t *testing.T, side Side)) {
	for _, side := range []Side{Theirs, Ours} {
		t.Run(side.name, func(t *testing.T) { test(t, side) })
	}
}

// IsTheirs says whether the side's plugins are HashiCorp's.
func (s Side) IsTheirs() bool { return s.name == Theirs.name || selfCheck }
