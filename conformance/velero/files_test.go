package conformance

import (
	"errors"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
)

// A file lets plugins wait until it exists. Its name differs between runs.
type file struct{ path string }

func newFile(t *testing.T) file {
	t.Helper()
	file := file{path: filepath.Join(t.TempDir(), "file")}
	file.create(t)
	return file
}

func (f file) create(t *testing.T) {
	t.Helper()
	if err := os.WriteFile(f.path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
}

func (f file) remove(t *testing.T) {
	t.Helper()
	if err := os.Remove(f.path); err != nil {
		t.Fatal(err)
	}
}

// anonymous replaces the name in an error's text, for comparison. It drops the error's source location.
func (f file) anonymous(err error) error {
	if err == nil {
		return nil
	}
	return errors.New(strings.ReplaceAll(err.Error(), f.path, "FILE"))
}

func sorted[V any](values map[string]V) []string {
	return slices.Sorted(maps.Keys(values))
}

// socketFile returns the properties of a socket that matter for a host.
func socketFile(path string) map[string]any {
	info, err := os.Stat(path)
	if err != nil {
		return nil
	}
	return map[string]any{
		"mode":  info.Mode().String(),
		"group": info.Sys().(*syscall.Stat_t).Gid,
	}
}
