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

// A file is there or not there, for plugins to look at; its name differs from run to run.
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

// anonymous takes the name out of an error's text, so that two can be compared; the location is lost with it.
func (f file) anonymous(err error) error {
	if err == nil {
		return nil
	}
	return errors.New(strings.ReplaceAll(err.Error(), f.path, "FILE"))
}

func sorted[V any](values map[string]V) []string {
	return slices.Sorted(maps.Keys(values))
}

// socketFile tells of a socket what a host cares for.
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
