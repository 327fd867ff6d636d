package main

import (
	"fmt"
	"hash/fnv"
	"io"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/pkg/errors"
)

// digestStore accepts objects of any size and keeps only their length and FNV-1a hash. It generates bodies of any length.
type digestStore struct {
	script
	mu      sync.Mutex
	configs map[string]map[string]string // by bucket
	digests map[string]string            // by bucket and key
}

func (s *digestStore) Init(config map[string]string) error {
	if err := validateKeys(config, "do", "mark"); err != nil {
		return err
	}
	if err := s.text(config["do"]); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.digests == nil {
		s.configs, s.digests = map[string]map[string]string{}, map[string]string{}
	}
	s.configs[config["bucket"]] = config
	return nil
}

func (s *digestStore) PutObject(bucket, key string, body io.Reader) error {
	if err := s.text(key); err != nil {
		return err
	}
	if limit, found := strings.CutPrefix(key, "refuse-after:"); found {
		count, err := strconv.ParseInt(limit, 10, 64)
		if err != nil {
			return errors.WithStack(err)
		}
		if _, err := io.CopyN(io.Discard, body, count); err != nil {
			return errors.WithStack(err)
		}
		return errors.Errorf("refused after %d bytes", count)
	}
	digest := fnv.New64a()
	length, err := io.Copy(digest, body)
	if err != nil {
		return errors.WithStack(err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.digests[bucket+"/"+key] = fmt.Sprintf("%d %016x", length, digest.Sum64())
	return nil
}

func (s *digestStore) GetObject(bucket, key string) (io.ReadCloser, error) {
	if err := s.text(key); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	verb, argument, _ := strings.Cut(key, ":")
	switch verb {
	case "pattern", "broken":
		length, err := strconv.ParseInt(argument, 10, 64)
		if err != nil {
			return nil, errors.WithStack(err)
		}
		return &pattern{left: length, broken: verb == "broken"}, nil
	case "config":
		return io.NopCloser(strings.NewReader(s.configs[bucket][argument])), nil
	}
	digest, found := s.digests[bucket+"/"+key]
	if !found {
		return nil, errors.Errorf("no object %s in %s", key, bucket)
	}
	return io.NopCloser(strings.NewReader(digest)), nil
}

func (s *digestStore) ObjectExists(bucket, key string) (bool, error) {
	if err := s.text(key); err != nil {
		return false, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	_, found := s.digests[bucket+"/"+key]
	return found, nil
}

func (s *digestStore) ListCommonPrefixes(bucket, prefix, delimiter string) ([]string, error) {
	return []string{bucket, prefix, delimiter}, s.text(prefix)
}

func (s *digestStore) ListObjects(bucket, prefix string) ([]string, error) {
	return []string{bucket, prefix}, s.text(prefix)
}

func (s *digestStore) DeleteObject(_, key string) error {
	return s.text(key)
}

func (s *digestStore) CreateSignedURL(bucket, key string, ttl time.Duration) (string, error) {
	return fmt.Sprintf("probe://%s/%s?ttl=%d", bucket, key, ttl.Nanoseconds()), s.text(key)
}

// pattern is a generated body: byte i is i modulo 251.
type pattern struct {
	at, left int64
	broken   bool
}

func (p *pattern) Read(buffer []byte) (int, error) {
	if p.left == 0 && p.broken {
		return 0, errors.Errorf("broken after %d bytes", p.at)
	}
	if p.left == 0 {
		return 0, io.EOF
	}
	count := min(int64(len(buffer)), p.left)
	for i := range buffer[:count] {
		buffer[i] = byte((p.at + int64(i)) % 251)
	}
	p.at += count
	p.left -= count
	return int(count), nil
}

func (p *pattern) Close() error { return nil }
