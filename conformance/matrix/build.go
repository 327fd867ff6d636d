package matrix

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
)

// target is where this suite's files are: below cargo's, so that one folder holds all that is built.
const target = "../../target/matrix"

// building is one at a time: the compiler has use for all processors.
var building sync.Mutex

// build makes the host and the twin of one version. The compiler's cache makes a second run short.
func build(h host) error {
	building.Lock()
	defer building.Unlock()
	dir, err := filepath.Abs(filepath.Join(target, h.name))
	if err != nil {
		return err
	}
	command := exec.Command("go", "build", "-p", "2", "-mod=readonly", "-modfile=mod/"+h.name+"/go.mod", "-tags="+h.tags,
		"-ldflags=-s -w", "-o", dir+"/", "./host", "./twin")
	command.Dir = "hosts"
	command.Env = append(os.Environ(), "CGO_ENABLED=0", "GOFLAGS=")
	if output, err := command.CombinedOutput(); err != nil {
		return fmt.Errorf("building %s: %w\n%s", h.name, err, output)
	}
	return nil
}

// A side is one of the two plugins that are compared.
type side struct {
	name string
	// file gives the plugin's binary for a host.
	file func(h host) (string, error)
}

var (
	twin = side{"twin", func(h host) (string, error) { return filepath.Abs(filepath.Join(target, h.name, "twin")) }}
	ours = side{"ours", func(host) (string, error) { return probe() }}
)

// probe finds the Rust binary: in PLUGWRIGHT_BIN_DIR, else where cargo puts it.
func probe() (string, error) {
	dirs := []string{"../../target/debug", "../../target/release"}
	if dir := os.Getenv("PLUGWRIGHT_BIN_DIR"); dir != "" {
		dirs = []string{dir}
	}
	for _, dir := range dirs {
		path, err := filepath.Abs(filepath.Join(dir, "plugwright-probe"))
		if err != nil {
			return "", err
		}
		if _, err := os.Stat(path); err == nil {
			return path, nil
		}
	}
	return "", fmt.Errorf("there is no plugwright-probe in any of %v: build it with cargo, or set PLUGWRIGHT_BIN_DIR", dirs)
}

// sides are the two that are compared. With PLUGWRIGHT_BIN_DIR=twin the twin is on both, which tests the suite itself.
func sides() [2]side {
	if selfCheck() {
		return [2]side{twin, {"ours", twin.file}}
	}
	return [2]side{twin, ours}
}

func selfCheck() bool { return os.Getenv("PLUGWRIGHT_BIN_DIR") == "twin" }
