package conformance

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"strconv"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/vmware-tanzu/velero/pkg/plugin/generated"
)

// sizes are near the hosts' chunk size (16 KiB) and gRPC's message limit (4 MiB).
var sizes = []int64{0, 1, 2, 16<<10 - 1, 16 << 10, 16<<10 + 1, 4<<20 - 1, 4 << 20, 4<<20 + 1, 5 << 20}

// Objects of all sizes are transferred completely in both directions. Velero sends no message for an empty object.
func TestObjectSizes(t *testing.T) {
	compare(t, probe, func(h *host) {
		store := h.digestStore()
		for _, size := range sizes {
			key := fmt.Sprintf("size-%d", size)
			h.do("put "+key, func() error { return store.PutObject("b", key, madeUp(size)) })
			h.call("put, digest "+key, func() (any, error) { return get(store, "b", key) })
			h.call("get "+key, func() (any, error) {
				return digestOf(store.GetObject("b", fmt.Sprintf("pattern:%d", size)))
			})
		}
		h.do("put in single bytes", func() error { return store.PutObject("b", "bytes", iotest.OneByteReader(madeUp(3000))) })
		h.call("put in single bytes, digest", func() (any, error) { return get(store, "b", "bytes") })
	})
}

// The memory for a stream is independent of its length.
func TestStreamsTakeLittleMemory(t *testing.T) {
	const size, limit = 200 << 20, 32 << 20
	compare(t, probe, func(h *host) {
		store := h.digestStore()
		before := resident(t, h.pid())
		h.do("put", func() error { return store.PutObject("b", "large", madeUp(size)) })
		h.call("put, digest", func() (any, error) { return get(store, "b", "large") })
		h.call("get", func() (any, error) { return digestOf(store.GetObject("b", fmt.Sprintf("pattern:%d", size))) })
		if after := peak(t, h.pid()); after > before+limit {
			t.Errorf("%s: at most %d MiB of memory, %d before", h.side.name, after>>20, before>>20)
		}
	})
}

// Closing a reader early does not affect the plugin.
func TestGetThatIsClosedEarly(t *testing.T) {
	compare(t, probe, func(h *host) {
		store := h.digestStore()
		pid := h.pid()
		for range 50 {
			body, err := store.GetObject("b", fmt.Sprintf("pattern:%d", 100<<20))
			if err != nil {
				t.Fatal(err)
			}
			if _, err := io.ReadFull(body, make([]byte, 10)); err != nil {
				t.Fatal(err)
			}
			body.Close()
		}
		h.call("next call", func() (any, error) { return get(store, "b", "pattern:5") })
		h.note("still the same process", h.answersWithout(pid))
	})
}

// If the connection breaks during a put, the old object is kept.
func TestPutThatIsCut(t *testing.T) {
	for file, plugin := range map[binary]string{probe: "probe.plugwright.dev/object-store-in-memory", example: "example.io/object-store-plugin"} {
		t.Run(string(file), func(t *testing.T) {
			compareRaw(t, file, func(raw *rawPlugin) {
				client := generated.NewObjectStoreClient(raw.conn)
				if _, err := client.Init(limited(t), &generated.ObjectStoreInitRequest{Plugin: plugin, Config: someTexts}); err != nil {
					t.Fatal(err)
				}
				raw.do("put", func() error { return putRaw(limited(t), client, plugin, "old", "as it was") })
				for _, key := range []string{"old", "new"} {
					ctx, cut := context.WithCancel(limited(t))
					stream, err := client.PutObject(ctx)
					if err != nil {
						t.Fatal(err)
					}
					for range 100 {
						chunk := &generated.PutObjectRequest{Plugin: plugin, Bucket: "b", Key: key, Body: make([]byte, 16<<10)}
						if err := stream.Send(chunk); err != nil {
							t.Fatal(err)
						}
					}
					cut()
				}
				// The plugin detects it later, and could store the incomplete object then.
				time.Sleep(300 * time.Millisecond)
				raw.call("list", func() (any, error) {
					answer, err := client.ListObjects(limited(t), &generated.ListObjectsRequest{Plugin: plugin, Bucket: "b"})
					return answer.GetKeys(), err
				})
				raw.call("the old object", func() (any, error) {
					stream, err := client.GetObject(limited(t), &generated.GetObjectRequest{Plugin: plugin, Bucket: "b", Key: "old"})
					if err != nil {
						return nil, err
					}
					answer, err := stream.Recv()
					return string(answer.GetData()), err
				})
			})
		})
	}
}

// If Velero's reader fails, Velero half-closes the stream, so the plugin receives a regular end.
func TestPutWhoseReaderFails(t *testing.T) {
	compare(t, probe, func(h *host) {
		store := h.digestStore()
		h.do("put", func() error {
			return store.PutObject("b", "k", io.MultiReader(strings.NewReader("begin"), iotest.ErrReader(errors.New("reader failed"))))
		})
		h.do("next put", func() error { return store.PutObject("b", "other", strings.NewReader("x")) })
	})
}

func putRaw(ctx context.Context, client generated.ObjectStoreClient, plugin, key, body string) error {
	stream, err := client.PutObject(ctx)
	if err != nil {
		return err
	}
	if err := stream.Send(&generated.PutObjectRequest{Plugin: plugin, Bucket: "b", Key: key, Body: []byte(body)}); err != nil {
		return err
	}
	_, err = stream.CloseAndRecv()
	return err
}

// madeUp returns a body of this length, with the same byte pattern as the probe's.
func madeUp(size int64) io.Reader { return &madeUpReader{left: size} }

type madeUpReader struct{ at, left int64 }

func (r *madeUpReader) Read(buffer []byte) (int, error) {
	if r.left == 0 {
		return 0, io.EOF
	}
	count := min(int64(len(buffer)), r.left)
	for i := range buffer[:count] {
		buffer[i] = byte((r.at + int64(i)) % 251)
	}
	r.at += count
	r.left -= count
	return int(count), nil
}

func digestOf(body io.ReadCloser, err error) (string, error) {
	if err != nil {
		return "", err
	}
	defer body.Close()
	digest := fnv.New64a()
	length, err := io.Copy(digest, body)
	return fmt.Sprintf("%d %016x", length, digest.Sum64()), err
}

// resident returns the current memory of the process in bytes, peak the maximum.
func resident(t *testing.T, pid int) int64 { return kilobytes(t, pid, "VmRSS") }

func peak(t *testing.T, pid int) int64 { return kilobytes(t, pid, "VmHWM") }

func kilobytes(t *testing.T, pid int, name string) int64 {
	t.Helper()
	number, _, _ := strings.Cut(statField(t, pid, name), " ")
	value, err := strconv.ParseInt(number, 10, 64)
	if err != nil {
		t.Fatalf("%s of process %d: %v", name, pid, err)
	}
	return value << 10
}
