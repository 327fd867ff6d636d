package matrix

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
)

// target is the folder for built files, in Cargo's target folder.
const target = "../../target/matrix"

var (
	// building serializes builds, because each uses all processors.
	building sync.Mutex
	built    = map[string]bool{}
)

// build builds the host and the twin of one version. Go caches the results.
func build(h host) error {
	building.Lock()
	defer building.Unlock()
	if built[h.name] {
		return nil
	}
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
	built[h.name] = true
	return nil
}

// A side is one of the two compared plugins.
type side struct {
	name string
	// file returns the plugin's binary for a host.
	file func(h host) (string, error)
}

var (
	twin = side{"twin", func(h host) (string, error) { return filepath.Abs(filepath.Join(target, h.name, "twin")) }}
	ours = side{"ours", func(host) (string, error) { return probe() }}
)

// probe finds the Rust binary in PLUGWRIGHT_BIN_DIR, or in Cargo's target folder by default.
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
	return "", fmt.Errorf("cannot find plugwright-probe in %v: build it with cargo, or set PLUGWRIGHT_BIN_DIR", dirs)
}

// sides returns the compared plugins. With PLUGWRIGHT_BIN_DIR=twin, both are the twin, to test the suite itself.
func sides() [2]side {
	if selfCheck() {
		return [2]side{twin, {"ours", twin.file}}
	}
	return [2]side{twin, ours}
}

func selfCheck() bool { return os.Getenv("PLUGWRIGHT_BIN_DIR") == "twin" }
