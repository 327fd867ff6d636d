package conformance

import (
	"context"
	"flag"
	"fmt"
	"log"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// A side is one of the two compared binaries.
type side struct {
	name, path string
}

// sides are the twin and our plugin.
type sides [2]side

var (
	probes, examples sides
	// testBinary is this program, for tests that run a host in a child process.
	testBinary string
	// selfCheck tests the suite itself, with the twin on both sides.
	selfCheck = os.Getenv("PLUGWRIGHT_BIN_DIR") == "twin"
)

func TestMain(m *testing.M) {
	testBinary = os.Args[0]
	if hostThatDies() {
		return
	}
	flag.Parse()
	os.Exit(run(m))
}

func run(m *testing.M) int {
	dir, err := os.MkdirTemp("", "conformance-")
	if err != nil {
		log.Print(err)
		return 1
	}
	defer os.RemoveAll(dir)
	if err := prepare(dir); err != nil {
		log.Print(err)
		return 1
	}
	// A killed process does not remove its socket.
	os.Setenv("TMPDIR", dir)
	status := m.Run()
	if status == 0 && !selfCheck && flag.Lookup("test.run").Value.String() == "" {
		status = unseenImprovements()
	}
	return status
}

// prepare builds the twins and finds the Rust binaries.
func prepare(dir string) error {
	for _, of := range []struct {
		sides        *sides
		file, source string
	}{
		{&probes, "plugwright-probe", "./twin/probe"},
		{&examples, "ephemeral-access-plugin-example", "./twin/example"},
	} {
		twin := filepath.Join(dir, "twin", of.file)
		build := exec.CommandContext(context.Background(), "go", "build", "-mod=readonly", "-o", twin, of.source)
		build.Env = append(os.Environ(), "CGO_ENABLED=0")
		if output, err := build.CombinedOutput(); err != nil {
			return fmt.Errorf("building %s: %w\n%s", of.source, err, output)
		}
		ours := twin
		if !selfCheck {
			var err error
			if ours, err = locate(of.file); err != nil {
				return err
			}
		}
		*of.sides = sides{{"twin", twin}, {"ours", ours}}
	}
	return nil
}

// locate finds a Rust binary in PLUGWRIGHT_BIN_DIR, or in Cargo's target folder by default.
func locate(file string) (string, error) {
	dirs := []string{"../../target/debug", "../../target/release"}
	if dir := os.Getenv("PLUGWRIGHT_BIN_DIR"); dir != "" {
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
	return "", fmt.Errorf("cannot find %s in %v: build it with cargo, or set PLUGWRIGHT_BIN_DIR", file, dirs)
}

func unseenImprovements() int {
	status := 0
	for _, entry := range improvements {
		if !entry.seen {
			fmt.Printf("improvement on %q does not occur: remove it from the list (%s)\n", entry.on, entry.reason)
			status = 1
		}
	}
	return status
}
