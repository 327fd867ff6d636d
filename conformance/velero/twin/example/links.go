package main

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/cockroachdb/errors"
)

// links is the configuration of a storage location's web server for downloads.
type links struct {
	// publicURL is the URL of the root directory.
	publicURL string
	// secretFile contains the secret shared with the web server.
	secretFile string
}

// sign returns <publicUrl>/<bucket>/<key>?expires=<seconds since 1970>&signature=<HMAC-SHA256 of bucket/key?expires=...>.
func (l links) sign(bucket, key string, ttl time.Duration) (string, error) {
	if l.publicURL == "" {
		return "", errors.New("CreateSignedURL needs publicUrl in the config of the BackupStorageLocation")
	}
	if l.secretFile == "" {
		return "", errors.New("CreateSignedURL needs a credential in the BackupStorageLocation")
	}
	secret, err := os.ReadFile(l.secretFile)
	if err != nil {
		return "", errors.WithStack(err)
	}
	secret = bytes.TrimRight(secret, " \t\r\n\f")
	if len(secret) == 0 {
		return "", errors.New("the credential of the BackupStorageLocation is empty")
	}
	signed := fmt.Sprintf("%s/%s?expires=%d", escaped(bucket), escaped(key), time.Now().Add(ttl).Unix())
	signature := hmac.New(sha256.New, secret)
	signature.Write([]byte(signed))
	return fmt.Sprintf("%s/%s&signature=%x", strings.TrimRight(l.publicURL, "/"), signed, signature.Sum(nil)), nil
}

// escaped escapes a path for a URL.
func escaped(path string) string {
	const plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~/"
	var escaped strings.Builder
	for _, b := range []byte(path) {
		if strings.IndexByte(plain, b) >= 0 {
			escaped.WriteByte(b)
		} else {
			fmt.Fprintf(&escaped, "%%%02X", b)
		}
	}
	return escaped.String()
}
