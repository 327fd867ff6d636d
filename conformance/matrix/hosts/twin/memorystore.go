package main

import (
	"bytes"
	"io"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/pkg/errors"
)

// memoryStore keeps objects in memory, with the semantics of S3. It accepts any configuration key.
type memoryStore struct {
	script
	mu      sync.Mutex
	buckets map[string]map[string][]byte
}

func (s *memoryStore) Init(config map[string]string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.buckets == nil {
		s.buckets = map[string]map[string][]byte{}
	}
	if s.buckets[config["bucket"]] == nil {
		s.buckets[config["bucket"]] = map[string][]byte{}
	}
	return s.text(config["do"])
}

func (s *memoryStore) PutObject(bucket, key string, body io.Reader) error {
	object, err := io.ReadAll(body)
	if err != nil {
		return errors.WithStack(err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.buckets[bucket][key] = object
	return nil
}

func (s *memoryStore) GetObject(bucket, key string) (io.ReadCloser, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	object, found := s.buckets[bucket][key]
	if !found {
		return nil, errors.Errorf("no object %s in %s", key, bucket)
	}
	return io.NopCloser(bytes.NewReader(object)), nil
}

func (s *memoryStore) ObjectExists(bucket, key string) (bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, found := s.buckets[bucket][key]
	return found, nil
}

func (s *memoryStore) ListObjects(bucket, prefix string) ([]string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	keys := slices.Sorted(maps.Keys(s.buckets[bucket]))
	return slices.DeleteFunc(keys, func(key string) bool { return !strings.HasPrefix(key, prefix) }), nil
}

func (s *memoryStore) ListCommonPrefixes(bucket, prefix, delimiter string) ([]string, error) {
	keys, err := s.ListObjects(bucket, prefix)
	var prefixes []string
	for _, key := range keys {
		if before, _, found := strings.Cut(key[len(prefix):], delimiter); found {
			prefixes = append(prefixes, prefix+before+delimiter)
		}
	}
	return slices.Compact(prefixes), err
}

func (s *memoryStore) DeleteObject(bucket, key string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.buckets[bucket], key)
	return nil
}

func (s *memoryStore) CreateSignedURL(string, string, time.Duration) (string, error) {
	return "", errors.New("memory has no address")
}
