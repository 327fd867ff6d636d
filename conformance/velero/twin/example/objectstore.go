package main

import (
	"io"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"time"

	"github.com/cockroachdb/errors"
	"github.com/sirupsen/logrus"
)

// incoming is the folder for incomplete objects. It is not a valid bucket name.
const incoming = ".incoming"

// fileObjectStore stores each object in the file <root>/<bucket>/<key>.
type fileObjectStore struct {
	log logrus.FieldLogger
	// links maps buckets to the configuration of their URLs.
	links sync.Map
}

func root() string {
	if root := os.Getenv("ARK_FILE_OBJECT_STORE_ROOT"); root != "" {
		return root
	}
	return "/tmp/backups"
}

func (s *fileObjectStore) Init(config map[string]string) error {
	s.log.Info("FileObjectStore.Init called")
	s.links.Store(config["bucket"], links{publicURL: config["publicUrl"], secretFile: config["credentialsFile"]})
	return errors.WithStack(os.MkdirAll(filepath.Join(root(), config["bucket"], config["prefix"]), 0o755))
}

func (s *fileObjectStore) PutObject(bucket, key string, body io.Reader) error {
	s.called("PutObject", bucket, logrus.Fields{"key": key})
	path, err := objectPath(bucket, key)
	if err != nil {
		return err
	}
	dir := filepath.Join(root(), incoming)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return errors.WithStack(err)
	}
	file, err := os.CreateTemp(dir, "")
	if err != nil {
		return errors.WithStack(err)
	}
	defer os.Remove(file.Name()) // fails after the rename, which is harmless
	_, err = io.Copy(file, body)
	if err := errors.CombineErrors(err, file.Close()); err != nil {
		return errors.WithStack(err)
	}
	return publish(file.Name(), path)
}

// publish renames the file. A deletion may remove the directory before, or a part of it while it is created.
func publish(file, path string) error {
	for attempt := 1; ; attempt++ {
		err := os.MkdirAll(filepath.Dir(path), 0o755)
		if err == nil {
			err = os.Rename(file, path)
		}
		if err == nil || attempt == 100 || !os.IsNotExist(err) && !os.IsExist(err) {
			return errors.WithStack(err)
		}
	}
}

func (s *fileObjectStore) ObjectExists(bucket, key string) (bool, error) {
	s.called("ObjectExists", bucket, logrus.Fields{"key": key})
	path, err := objectPath(bucket, key)
	if err != nil {
		return false, err
	}
	return isFile(path)
}

func (s *fileObjectStore) GetObject(bucket, key string) (io.ReadCloser, error) {
	s.called("GetObject", bucket, logrus.Fields{"key": key})
	path, err := objectPath(bucket, key)
	if err != nil {
		return nil, err
	}
	if ok, err := isFile(path); err != nil {
		return nil, err
	} else if !ok {
		return nil, errors.Errorf("Object %s not found in bucket %s", key, bucket)
	}
	file, err := os.Open(path)
	return file, errors.WithStack(err)
}

func (s *fileObjectStore) ListCommonPrefixes(bucket, prefix, delimiter string) ([]string, error) {
	s.called("ListCommonPrefixes", bucket, logrus.Fields{"prefix": prefix, "delimiter": delimiter})
	keys, err := keysOf(bucket, prefix)
	if err != nil {
		return nil, err
	}
	return commonPrefixes(keys, prefix, delimiter), nil
}

func (s *fileObjectStore) ListObjects(bucket, prefix string) ([]string, error) {
	s.called("ListObjects", bucket, logrus.Fields{"prefix": prefix})
	return keysOf(bucket, prefix)
}

func (s *fileObjectStore) DeleteObject(bucket, key string) error {
	s.called("DeleteObject", bucket, logrus.Fields{"key": key})
	path, err := objectPath(bucket, key)
	if err != nil {
		return err
	}
	ok, err := isFile(path)
	if err != nil {
		return err
	}
	if ok {
		if err := os.Remove(path); err != nil && !os.IsNotExist(err) {
			return errors.WithStack(err)
		}
	}
	// Remove empty directories upwards. syscall.Rmdir fails for files, unlike os.Remove.
	top := filepath.Join(root(), bucket)
	for dir := filepath.Dir(path); dir != top && syscall.Rmdir(dir) == nil; dir = filepath.Dir(dir) {
	}
	return nil
}

func (s *fileObjectStore) CreateSignedURL(bucket, key string, ttl time.Duration) (string, error) {
	s.called("CreateSignedURL", bucket, logrus.Fields{"key": key})
	if _, err := objectPath(bucket, key); err != nil {
		return "", err
	}
	known, _ := s.links.Load(bucket)
	links, _ := known.(links)
	return links.sign(bucket, key, ttl)
}

func (s *fileObjectStore) called(method, bucket string, fields logrus.Fields) {
	s.log.WithField("bucket", bucket).WithFields(fields).Info(method)
}
