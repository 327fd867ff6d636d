package host

import (
	"fmt"
	"io"
	"os"
	"time"

	"github.com/vmware-tanzu/velero/pkg/plugin/velero"

	"plugwright.dev/bench/table"
)

// MemoryFolder is the folder for objects, in a memory file system if available, to exclude the speed of a disk.
var MemoryFolder = func() string {
	const folder = "/dev/shm"
	if info, err := os.Stat(folder); err == nil && info.IsDir() {
		return folder
	}
	return ""
}()

// Put puts an object of this size.
func Put(store velero.ObjectStore, bucket, key string, size int64) error {
	return store.PutObject(bucket, key, io.LimitReader(same{}, size))
}

// Get gets an object, and checks its size.
func Get(store velero.ObjectStore, bucket, key string, size int64) error {
	body, err := store.GetObject(bucket, key)
	if err != nil {
		return err
	}
	read, err := io.Copy(io.Discard, body)
	if err == nil && read != size {
		err = fmt.Errorf("read %d of %d bytes", read, size)
	}
	if err != nil {
		return err
	}
	return body.Close()
}

// Speed returns MiB per second.
func Speed(size int64, number int, move func() error) (float64, error) {
	each, err := Each(number, move)
	return float64(size) / table.MiB * 1000 / each, err
}

// Each returns the milliseconds for one object.
func Each(number int, move func() error) (float64, error) {
	start := time.Now()
	for range number {
		if err := move(); err != nil {
			return 0, err
		}
	}
	return time.Since(start).Seconds() * 1000 / float64(number), nil
}

// same is an endless reader without cost.
type same struct{}

func (same) Read(into []byte) (int, error) { return len(into), nil }
