package conformance

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

func TestExampleVolumeSnapshotter(t *testing.T) {
	compare(t, example, func(h *host) {
		snapshotter := h.volumeSnapshotter("volume-snapshotter-plugin")
		h.do("init", func() error { return snapshotter.Init(map[string]string{"any": "key"}) })
		h.call("unknown volume", func() (any, error) { return volumeInfo(snapshotter, "v-1") })
		h.call("snapshot", func() (any, error) {
			id, err := snapshotter.CreateSnapshot("v-1", "z", map[string]string{"a": "b"})
			return anonymousID(id), err
		})
		h.call("volume after its snapshot", func() (any, error) { return volumeInfo(snapshotter, "v-1") })
		for _, iops := range []*int64{nil, pointer(int64(700))} {
			var id string
			name := "no iops"
			if iops != nil {
				name = "iops"
			}
			h.call("volume, "+name, func() (any, error) {
				var err error
				id, err = snapshotter.CreateVolumeFromSnapshot("v-1.snap.1", "fast", "z", iops)
				return anonymousID(id), err
			})
			h.call("its info, "+name, func() (any, error) { return volumeInfo(snapshotter, id) })
		}
		h.do("delete", func() error { return snapshotter.DeleteSnapshot("unknown") })
		again := h.volumeSnapshotter("volume-snapshotter-plugin")
		h.do("init again", func() error { return again.Init(map[string]string{}) })
		h.call("state after another Init", func() (any, error) { return volumeInfo(again, "v-1") })
	})
}

var randomNumber = regexp.MustCompile(`\.\d+$`)

func anonymousID(id string) string { return randomNumber.ReplaceAllString(id, ".N") }

func TestExampleVolumeIDs(t *testing.T) {
	compare(t, example, func(h *host) {
		snapshotter := h.volumeSnapshotter("volume-snapshotter-plugin")
		if err := snapshotter.Init(nil); err != nil {
			t.Fatal(err)
		}
		sources := map[string]map[string]any{
			"no spec":       nil,
			"other":         {"nfs": map[string]any{"path": "/x"}},
			"host path":     {"hostPath": map[string]any{"path": "/data", "type": "Directory"}, "capacity": map[string]any{"storage": "1Gi"}},
			"no path":       {"hostPath": map[string]any{}},
			"empty path":    {"hostPath": map[string]any{"path": ""}},
			"path no text":  {"hostPath": map[string]any{"path": int64(7)}},
			"null":          {"hostPath": nil},
			"odd host path": {"hostPath": "text"},
		}
		for _, name := range sorted(sources) {
			h.call("get "+name, func() (any, error) { return snapshotter.GetVolumeID(persistentVolume(sources[name], "")) })
			if name == "odd host path" {
				continue // the error messages of the sides differ
			}
			h.call("set "+name, func() (any, error) {
				changed, err := snapshotter.SetVolumeID(persistentVolume(sources[name], ""), "/new")
				return content(changed), err
			})
		}
		h.call("a volume without a snapshot", func() (any, error) { return volumeInfo(snapshotter, "/data") })
	})
}

func TestExampleObjectStore(t *testing.T) {
	compare(t, example, func(h *host) {
		store := h.objectStore("object-store-plugin")
		h.do("init", func() error { return store.Init(map[string]string{"bucket": "b", "prefix": "p", "any": "key"}) })
		h.note("directory", filesIn(t, h.root))
		for _, key := range []string{"p/backups/one/a", "p/backups/one/b", "p/backups/two/a", "p/x", "q", ".hidden", "ä ö"} {
			h.do("put "+key, func() error { return store.PutObject("b", key, strings.NewReader("object "+key)) })
		}
		h.do("put, other bucket", func() error { return store.PutObject("other", "k", strings.NewReader("x")) })
		h.do("put large", func() error { return store.PutObject("b", "large", madeUp(3<<20)) })
		h.note("files", filesIn(t, h.root))
		h.call("get large", func() (any, error) { return digestOf(store.GetObject("b", "large")) })
		for _, key := range []string{"q", "p", "p/backups", "none", "q/below", "p/backups/one/a", "", "/q", "q/", "../other/k", "p/../q", "p//x", "."} {
			h.call("get "+key, func() (any, error) { return get(store, "b", key) })
			h.call("exists "+key, func() (any, error) { return store.ObjectExists("b", key) })
		}
		for _, bucket := range []string{"none", "", ".", "..", ".incoming", "a/b"} {
			h.call("get from bucket "+bucket, func() (any, error) { return get(store, bucket, "k") })
			h.do("put to bucket "+bucket, func() error { return store.PutObject(bucket, "k", bytes.NewReader([]byte("x"))) })
			h.call("list bucket "+bucket, func() (any, error) { return store.ListObjects(bucket, "nothing") })
		}
		for _, prefix := range []string{"", "p", "p/", "p/backups/", "p/backups/one", "none/", "../", "q"} {
			h.call("objects "+prefix, func() (any, error) { return store.ListObjects("b", prefix) })
			for _, delimiter := range []string{"/", "", "ack", "one/"} {
				h.call("prefixes "+prefix+" by "+delimiter, func() (any, error) { return store.ListCommonPrefixes("b", prefix, delimiter) })
			}
		}
		for _, key := range []string{"p/backups/one/a", "p/backups/one/b", "none", "none/at/all", "p", "q/below", "../other/k", "p/backups/two/a"} {
			h.do("delete "+key, func() error { return store.DeleteObject("b", key) })
		}
		h.note("files that are left", filesIn(t, h.root))
		h.call("signed, without settings", func() (any, error) { return store.CreateSignedURL("b", "q", time.Hour) })
	})
}

// filesIn lists all files and directories below root, except the directory for incomplete objects itself.
func filesIn(t *testing.T, root string) []string {
	t.Helper()
	var names []string
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		name, _ := filepath.Rel(root, path)
		if entry.IsDir() {
			name += "/"
		}
		names = append(names, name)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return slices.DeleteFunc(names, func(name string) bool { return name == ".incoming/" })
}

func TestExampleSignedURLs(t *testing.T) {
	secret, empty := filepath.Join(t.TempDir(), "secret"), filepath.Join(t.TempDir(), "empty")
	for path, content := range map[string]string{secret: "s3cret\n", empty: " \n"} {
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	configs := map[string]map[string]string{
		"nothing":      {},
		"url only":     {"publicUrl": "https://files.example.io"},
		"secret only":  {"credentialsFile": secret},
		"empty url":    {"publicUrl": "", "credentialsFile": secret},
		"empty secret": {"publicUrl": "https://files.example.io", "credentialsFile": empty},
		"all":          {"publicUrl": "https://files.example.io/a/b//", "credentialsFile": secret},
	}
	compare(t, example, func(h *host) {
		for _, name := range sorted(configs) {
			store := h.objectStore("object-store-plugin")
			config := maps.Clone(configs[name])
			config["bucket"] = "b"
			if err := store.Init(config); err != nil {
				t.Fatal(err)
			}
			for _, key := range []string{"p/backups/one/a", "\u00e4 +?&#%/~", "", "../k"} {
				h.call(name+" "+key, func() (any, error) {
					url, err := store.CreateSignedURL("b", key, time.Hour)
					return signedURL(url, "s3cret"), err
				})
			}
		}
	})
}

var signedParts = regexp.MustCompile(`^https://files\.example\.io/a/b/((.*)\?expires=(\d+))&signature=([0-9a-f]+)$`)

// signedURL splits a URL of the store, and checks the parts that differ between calls.
func signedURL(url, secret string) any {
	parts := signedParts.FindStringSubmatch(url)
	if parts == nil {
		return url
	}
	expires, _ := strconv.ParseInt(parts[3], 10, 64)
	in := time.Until(time.Unix(expires, 0))
	signature := hmac.New(sha256.New, []byte(secret))
	signature.Write([]byte(parts[1]))
	return map[string]any{
		"path":    parts[2],
		"in time": in > 59*time.Minute && in <= time.Hour,
		"signed":  parts[4] == hex.EncodeToString(signature.Sum(nil)),
	}
}
