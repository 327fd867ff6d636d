package main

import (
	"errors"
	"fmt"
	"hash/fnv"
	"io"
)

// A body is the content of an object to put: a text, or a number of bytes (byte i is i modulo 251), followed by the end or an error.
type body struct {
	Text  string `json:"text"`
	Size  int    `json:"size"`
	Fails string `json:"fails"`
	at    int
}

func (b *body) Read(buffer []byte) (int, error) {
	if b.Text != "" {
		count := copy(buffer, b.Text)
		b.Text = b.Text[count:]
		return count, nil
	}
	if b.at == b.Size {
		if b.Fails != "" {
			return 0, errors.New(b.Fails)
		}
		return 0, io.EOF
	}
	count := min(len(buffer), b.Size-b.at)
	for i := range buffer[:count] {
		buffer[i] = byte((b.at + i) % 251)
	}
	b.at += count
	return count, nil
}

// digestOf reads an object and returns its length, its hash and, if it is short, its content.
func digestOf(object io.Reader) (any, error) {
	content, err := io.ReadAll(object)
	if err != nil {
		return nil, err
	}
	hash := fnv.New64a()
	hash.Write(content)
	digest := map[string]any{"length": len(content), "hash": fmt.Sprintf("%016x", hash.Sum64())}
	if len(content) < 1<<10 {
		digest["text"] = string(content)
	}
	return digest, nil
}
