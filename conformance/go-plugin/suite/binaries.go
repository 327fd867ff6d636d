// Package suite contains shared parts of the tests: the programs of both sides, and a host with go-plugin's client.
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

// A Side is one of the compared implementations, HashiCorp's or ours.
type Side struct {
	name string
	// program finds or builds a program.
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
	KVTCP      = "kv-tcp"     // examples/grpc, over TCP; only ours
	Negotiated = "negotiated" // examples/negotiated
	Streamer   = "streamer"   // examples/streaming
)

// AllPlugins lists the example plugins.
var AllPlugins = []string{Greeter, Counter, KV, KVNetRPC, Negotiated, Streamer}

// Helper is the helper process of go-plugin's own tests: their test binary, or our replacement. The tests expect this
// file name, because go-plugin names its loggers after the file.
const Helper = "go-plugin.test"

// packages maps programs to packages of go-plugin's module. Names with the prefix host- are the examples' host programs.
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

// Run is TestMain for all packages.
func Run(m *testing.M) int {
	flag.Parse()
	var err error
	if dir, err = os.MkdirTemp("", "conformance-"); err != nil {
		log.Print(err)
		return 1
	}
	defer os.RemoveAll(dir)
	// A killed process does not remove its socket.
	os.Setenv("TMPDIR", filepath.Join(dir, "tmp"))
	for _, folder := range []string{"tmp", Theirs.name, Ours.name} {
		if err := os.Mkdir(filepath.Join(dir, folder), 0o755); err != nil {
			log.Print(err)
			return 1
		}
	}
	return m.Run()
}

// Program returns the path of a program, and builds it on first use.
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
		return fmt.Errorf("unknown program %s of go-plugin", name)
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

// selfCheck tests the suite itself, with HashiCorp's plugins on both sides.
var selfCheck = os.Getenv("GO_PLUGIN_BIN_DIR") == "theirs"

// link finds a Rust program in GO_PLUGIN_BIN_DIR, or in Cargo's target folder by default.
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
	return fmt.Errorf("cannot find %s in %v: build it with cargo, or set GO_PLUGIN_BIN_DIR", file, folders)
}

// OnBothSides runs a test with HashiCorp's plugins and with ours.
func OnBothSides(t *testing.T, test func(t *testing.T, side Side)) {
	for _, side := range []Side{Theirs, Ours} {
		t.Run(side.name, func(t *testing.T) { test(t, side) })
	}
}

// IsTheirs reports whether the side's plugins are HashiCorp's.
func (s Side) IsTheirs() bool { return s.name == Theirs.name || selfCheck }
