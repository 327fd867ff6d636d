package matrix

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"testing"
)

// TestArkExample runs examples/ark-example on every host. The binary installs itself as each host requires. It has no twin, because Heptio's
// plugins lose data and crash (see the example's README.md), so the results are compared with expected values.
func TestArkExample(t *testing.T) {
	if selfCheck() {
		t.Skip("the example has no twin")
	}
	for _, h := range selected() {
		t.Run(h.name, func(t *testing.T) {
			root := t.TempDir()
			s := newSession(t, h, example, setup{
				files: []string{"ark-plugin-example"}, link: installed(h), env: []string{"ARK_FILE_OBJECT_STORE_ROOT=" + root},
			})
			s.discover()
			t.Run("object store", func(t *testing.T) { exampleObjectStore(exampleOf(t, s, "ObjectStore", "file"), root) })
			t.Run("block store", func(t *testing.T) { exampleBlockStore(exampleOf(t, s, "VolumeSnapshotter", "host-path")) })
			t.Run("backup item action", func(t *testing.T) {
				action := exampleOf(t, s, "BackupItemAction", "log-and-annotate")
				action.answersWith(marked("ark.heptio.com/my-plugin"), "Execute", examplePod(), h.backup())
			})
			t.Run("restore item action", func(t *testing.T) {
				action := exampleOf(t, s, "RestoreItemAction", "log-and-annotate")
				action.answersWith(marked("ark.heptio.com/my-restore-plugin"), "Execute", s.restoring(examplePod(), h.restore())...)
			})
		})
	}
}

var example = side{"the example", func(host) (string, error) {
	probe, err := probe()
	return filepath.Join(filepath.Dir(probe), "ark-plugin-example"), err
}}

// installed lets the binary install itself into the host's folder, like the entry point of its image.
func installed(h host) func(binary, path string) error {
	args := []string{"install"}
	if h.files() {
		args = append(args, "--ark")
	}
	return func(binary, path string) error {
		output, err := exec.Command(binary, append(args, "--target", filepath.Dir(path))...).CombinedOutput()
		if err != nil {
			return fmt.Errorf("%w: %s", err, output)
		}
		return nil
	}
}

// An examplePlugin is a plugin of the example, with its name on the host.
type examplePlugin struct {
	t    *testing.T
	host host
	ask  func(call string, args ...any) answer
}

func exampleOf(t *testing.T, s *session, kind, name string) examplePlugin {
	switch {
	case !s.host.isArk():
		name = "example.io/" + name
	case kind == "VolumeSnapshotter":
		name = "example"
	}
	return examplePlugin{t: t, host: s.host, ask: func(call string, args ...any) answer {
		t.Helper()
		return s.ask(request{Kind: s.host.kind(kind), Name: name, Call: call, Args: args})
	}}
}

// values makes a call that must succeed, and returns its results.
func (p examplePlugin) values(call string, args ...any) []any {
	p.t.Helper()
	answer := p.ask(call, args...)
	if answer.Error != nil {
		p.t.Fatalf("%s%v: %+v", call, args, *answer.Error)
	}
	values, _ := answer.Value.([]any)
	return values
}

// answers makes a call, and compares its results with JSON.
func (p examplePlugin) answers(want, call string, args ...any) {
	p.t.Helper()
	got, err := json.Marshal(p.values(call, args...))
	if err != nil {
		p.t.Fatal(err)
	}
	if string(got) != want && !(want == "[]" && string(got) == "null") {
		p.t.Fatalf("%s%v:\ngot  %s\nwant %s", call, args, got, want)
	}
}

// answersWith makes a call, and compares the item in its first result.
func (p examplePlugin) answersWith(item object, call string, args ...any) {
	p.t.Helper()
	got := p.values(call, args...)[0]
	if output, ok := got.(object); ok && output["UpdatedItem"] != nil {
		got = output["UpdatedItem"]
	}
	if got, want := encoded(p.t, got), encoded(p.t, item); got != want {
		p.t.Fatalf("%s:\ngot  %s\nwant %s", call, got, want)
	}
}

// fails makes a call that must return this error.
func (p examplePlugin) fails(message, call string, args ...any) {
	p.t.Helper()
	if answer := p.ask(call, args...); answer.Error == nil || answer.Error.Message != message {
		p.t.Fatalf("%s%v: got %s, want the error %q", call, args, encoded(p.t, answer), message)
	}
}

func encoded(t *testing.T, value any) string {
	t.Helper()
	encoded, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	return string(encoded)
}

func exampleObjectStore(store examplePlugin, root string) {
	t := store.t
	store.answers("[]", "Init", object{"bucket": "backups"})
	store.answers("[null]", "ListObjects", "backups", "")

	for key, body := range inOrder(map[string]object{
		"one/ark-backup.json": {"text": "the first"}, "one/one.tar.gz": {"size": 1 << 20}, "two/ark-backup.json": {"text": "another"},
	}) {
		store.answers("[]", "PutObject", "backups", key, body)
	}
	store.answers("[]", "PutObject", "backups", "one/ark-backup.json", object{"text": "one"})
	if got := store.values("GetObject", "backups", "one/ark-backup.json")[0].(object)["text"]; got != "one" {
		t.Fatalf("got %v, want the last stored object", got)
	}
	if got := store.values("GetObject", "backups", "one/one.tar.gz")[0].(object)["length"]; fmt.Sprint(got) != "1048576" {
		t.Fatalf("got %v bytes, want 1 MiB", got)
	}
	content, err := os.ReadFile(filepath.Join(root, "backups", "one", "one.tar.gz"))
	if err != nil {
		t.Fatal(err)
	}
	if len(content) != 1<<20 {
		t.Fatalf("unexpected size of the file: %d bytes", len(content))
	}
	for i, b := range content {
		if int(b) != i%251 {
			t.Fatalf("byte %d is %d", i, b)
		}
	}
	store.answers(`[["one/ark-backup.json","one/one.tar.gz"]]`, "ListObjects", "backups", "one/")
	if store.host.files() {
		// Ark appends a slash to each prefix.
		store.answers(`[["one","two"]]`, "ListCommonPrefixes", "backups", "/")
	} else {
		store.answers(`[["one/","two/"]]`, "ListCommonPrefixes", "backups", "", "/")
	}
	if !store.host.isArk() {
		store.answers("[true]", "ObjectExists", "backups", "one/ark-backup.json")
		store.answers("[false]", "ObjectExists", "backups", "one")
	}
	for range 2 {
		store.answers("[]", "DeleteObject", "backups", "one/ark-backup.json")
	}
	store.answers(`[["one/one.tar.gz","two/ark-backup.json"]]`, "ListObjects", "backups", "")
	store.fails("Object one/ark-backup.json not found in bucket backups", "GetObject", "backups", "one/ark-backup.json")
	store.fails("Key ../secret is not valid", "GetObject", "backups", "../secret")
	if store.host.isArk() {
		// Ark's client ignores the error (pkg/plugin/object_store.go, CreateSignedURL).
		store.answers(`[""]`, "CreateSignedURL", "backups", "one/one.tar.gz", 60)
	} else {
		store.fails("signed URLs are not supported", "CreateSignedURL", "backups", "one/one.tar.gz", 60)
	}
}

func exampleBlockStore(store examplePlugin) {
	persistentVolume := func(path string) object {
		return object{
			"apiVersion": "v1", "kind": "PersistentVolume", "metadata": object{"name": "nginx-logs"},
			"spec": object{"capacity": object{"storage": "1Gi"}, "hostPath": object{"path": path, "type": "DirectoryOrCreate"}},
		}
	}
	store.answers("[]", "Init", object{})
	store.fails("Volume /data/7 not found", "GetVolumeInfo", "/data/7", "zone")
	// The order of Ark 0.10 and Velero. Ark 0.9 requests the information after the snapshot.
	store.answers(`["/data/7"]`, "GetVolumeID", persistentVolume("/data/7"))
	store.answers(`[""]`, "GetVolumeID", pod(""))
	store.answers(`["hostPath",null]`, "GetVolumeInfo", "/data/7", "zone")
	snapshot := store.id(`^/data/7\.snap\.\d+$`, "CreateSnapshot", "/data/7", "zone", object{"ark.heptio.com/backup": "nightly"})

	plain := store.id(`^/data/7\.snap\.\d+\.vol\.\d+$`, "CreateVolumeFromSnapshot", snapshot, "hostPath", "zone", nil)
	fast := store.id(`^/data/7\.snap\.\d+\.vol\.\d+$`, "CreateVolumeFromSnapshot", snapshot, "ssd", "zone", 300)
	store.answers(`["hostPath",null]`, "GetVolumeInfo", plain, "zone")
	store.answers(`["ssd",300]`, "GetVolumeInfo", fast, "zone")
	if store.host.files() {
		store.answers(`[true]`, "IsVolumeReady", plain, "zone")
		store.fails("Volume /data/8 not found", "IsVolumeReady", "/data/8", "zone")
	}
	store.answersWith(persistentVolume(plain), "SetVolumeID", persistentVolume("/data/7"), plain)
	store.fails("the volume has no spec.hostPath.path", "SetVolumeID", pod(""), plain)
	for range 2 {
		store.answers("[]", "DeleteSnapshot", snapshot)
	}
}

// id makes a call that must return an ID of this form.
func (p examplePlugin) id(form, call string, args ...any) string {
	p.t.Helper()
	id, _ := p.values(call, args...)[0].(string)
	if !regexp.MustCompile(form).MatchString(id) {
		p.t.Fatalf("%s%v: got %q, want %s", call, args, id, form)
	}
	return id
}

func examplePod() object {
	return object{
		"apiVersion": "v1", "kind": "Pod",
		"metadata": object{"name": "nginx-0", "namespace": "nginx-example", "annotations": object{"note": "mine"}},
		"spec":     object{"nodeName": "node-1", "big": 9007199254740993},
	}
}

// marked returns the pod with an additional annotation.
func marked(annotation string) object {
	pod := examplePod()
	pod["metadata"].(object)["annotations"].(object)[annotation] = "1"
	return pod
}
