package main

import (
	"compress/gzip"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"plugwright.dev/bench/table"
)

// size returns the size of all files in MiB.
func size(path string) (float64, error) {
	return sum(path, func(to io.Writer) io.WriteCloser { return unchanged{to} })
}

// compressedSize returns the size of all files in MiB, compressed as a registry's layers are.
func compressedSize(path string) (float64, error) {
	return sum(path, func(to io.Writer) io.WriteCloser { return gzip.NewWriter(to) })
}

func sum(path string, encode func(io.Writer) io.WriteCloser) (float64, error) {
	var total counter
	err := filepath.WalkDir(path, func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		file, err := os.Open(name)
		if err != nil {
			return err
		}
		defer file.Close()
		to := encode(&total)
		if _, err := io.Copy(to, file); err != nil {
			return err
		}
		return to.Close()
	})
	return float64(total) / table.MiB, err
}

type counter int64

func (c *counter) Write(bytes []byte) (int, error) {
	*c += counter(len(bytes))
	return len(bytes), nil
}

type unchanged struct{ io.Writer }

func (unchanged) Close() error { return nil }
