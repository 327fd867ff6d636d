package main

import (
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"github.com/cockroachdb/errors"
)

// bucketPath returns the bucket's directory, or an error for an invalid bucket.
func bucketPath(bucket string) (string, error) {
	if bucket == "" || bucket[0] == '.' || strings.Contains(bucket, "/") {
		return "", errors.Errorf("Bucket %s is not valid", bucket)
	}
	return filepath.Join(root(), bucket), nil
}

// objectPath returns the object's file, or an error if bucket or key would lead out of the bucket.
func objectPath(bucket, key string) (string, error) {
	dir, err := bucketPath(bucket)
	if err != nil {
		return "", err
	}
	for _, part := range strings.Split(key, "/") {
		if part == "" || part == "." || part == ".." {
			return "", errors.Errorf("Key %s is not valid", key)
		}
	}
	return filepath.Join(dir, key), nil
}

// isFile reports whether an object exists, which must be a regular file.
func isFile(path string) (bool, error) {
	info, err := os.Stat(path)
	if os.IsNotExist(err) || errors.Is(err, syscall.ENOTDIR) {
		return false, nil
	}
	if err != nil {
		return false, errors.WithStack(err)
	}
	return info.Mode().IsRegular(), nil
}

// keysOf returns the keys in the bucket with this prefix, in byte order.
func keysOf(bucket, prefix string) ([]string, error) {
	dir, err := bucketPath(bucket)
	if err != nil {
		return nil, err
	}
	var keys []string
	err = filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			if os.IsNotExist(err) {
				return nil // the bucket is missing, or a directory was removed during the walk
			}
			return err
		}
		if !entry.Type().IsRegular() {
			return nil
		}
		key, err := filepath.Rel(dir, path)
		if err == nil && strings.HasPrefix(key, prefix) {
			keys = append(keys, key)
		}
		return err
	})
	slices.Sort(keys)
	return keys, errors.WithStack(err)
}

// commonPrefixes truncates the sorted keys after the first delimiter that follows the prefix.
func commonPrefixes(keys []string, prefix, delimiter string) []string {
	if delimiter == "" {
		return nil
	}
	var prefixes []string
	for _, key := range keys {
		before, _, found := strings.Cut(key[len(prefix):], delimiter)
		if found {
			prefixes = append(prefixes, prefix+before+delimiter)
		}
	}
	return slices.Compact(prefixes)
}
