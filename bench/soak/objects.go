package main

import (
	"bytes"
	"fmt"
	"io"
	"math"
	"math/rand/v2"

	"golang.org/x/sync/errgroup"

	"plugwright.dev/bench/host"
	"plugwright.dev/bench/table"
)

// The sizes of objects.
const (
	smallest = 1 * table.MiB
	largest  = 64 * table.MiB
)

// A pool has random bytes, of which the objects are parts.
type pool struct {
	bytes  []byte
	random *rand.Rand
}

func newPool(random *rand.Rand) pool {
	var seed [32]byte
	for i := range seed {
		seed[i] = byte(random.Uint32())
	}
	bytes := make([]byte, 2*largest)
	_, _ = rand.NewChaCha8(seed).Read(bytes)
	return pool{bytes, random}
}

// object returns a random object. Sizes from 1 to 2 MiB are as frequent as those from 32 to 64 MiB.
func (p pool) object() []byte {
	size := int(smallest * math.Pow(largest/smallest, p.random.Float64()))
	start := p.random.IntN(len(p.bytes) - size + 1)
	return p.bytes[start : start+size]
}

// objects puts, gets, compares and deletes random objects, four at a time.
func (s *side) objects(number int) error {
	var group errgroup.Group
	group.SetLimit(4)
	for n := range number {
		content := s.pool.object()
		group.Go(func() error {
			key := fmt.Sprintf("backups/soak/%d", n)
			if err := s.object(key, content); err != nil {
				return fmt.Errorf("object of %d bytes: %w", len(content), err)
			}
			return nil
		})
	}
	return group.Wait()
}

func (s *side) object(key string, content []byte) error {
	store := s.example.Store
	if err := store.PutObject(host.Bucket, key, bytes.NewReader(content)); err != nil {
		return err
	}
	body, err := store.GetObject(host.Bucket, key)
	if err != nil {
		return err
	}
	if err := same(body, content); err != nil {
		return err
	}
	if err := body.Close(); err != nil {
		return err
	}
	if err := store.DeleteObject(host.Bucket, key); err != nil {
		return err
	}
	if exists, err := store.ObjectExists(host.Bucket, key); err != nil || exists {
		return fmt.Errorf("exists after its deletion: %t, %v", exists, err)
	}
	return nil
}

// same reads a body, and expects this content.
func same(body io.Reader, content []byte) error {
	buffer := make([]byte, 64<<10)
	for at := 0; ; {
		read, err := body.Read(buffer)
		if at+read > len(content) || !bytes.Equal(buffer[:read], content[at:at+read]) {
			return fmt.Errorf("another content after %d bytes", at)
		}
		at += read
		switch {
		case err == io.EOF && at == len(content):
			return nil
		case err != nil:
			return fmt.Errorf("after %d bytes: %w", at, err)
		}
	}
}
