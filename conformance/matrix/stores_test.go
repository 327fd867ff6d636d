package matrix

import (
	"iter"
	"strings"
	"time"
)

var storeScenarios = []scenario{
	{name: "object store", play: objectStore},
	{name: "object store's configuration", play: objectStoreConfiguration},
	{name: "object store in memory", play: objectStoreInMemory},
	{name: "volume snapshotter", play: volumeSnapshotter},
}

// failing returns arguments that make the probe fail a call. For Ark, a panic is a separate case, because it ends the process of a Go plugin.
func (h host) failing() iter.Seq2[string, string] {
	failing := map[string]string{"error": "error:it broke", "wrapped error": "error-in-context:it broke"}
	if !h.isArk() {
		failing["panic"] = "panic:it broke"
	}
	return inOrder(failing)
}

func objectStore(s *session) {
	s.discover()
	store := s.plugin("ObjectStore", "object-store")
	store.call("with values", "Init", object{"bucket": "b", "prefix": "p", "mark": "m"})
	store.call("its values", "GetObject", "b", "config:mark")

	for title, body := range inOrder(map[string]object{
		"text": {"text": "small"}, "1 byte": {"size": 1}, "16 KiB": {"size": 16 << 10}, "16 KiB and 1": {"size": 16<<10 + 1},
		"5 MiB": {"size": 5 << 20}, "nothing": {}, "a source that breaks": {"size": 100 << 10, "fails": "the source broke"},
	}) {
		store.call(title, "PutObject", "b", title, body)
	}
	for _, title := range []string{"text", "1 byte", "16 KiB", "16 KiB and 1", "5 MiB"} {
		store.call("stored object: "+title, "GetObject", "b", title)
	}
	for _, key := range []string{"pattern:0", "pattern:1", "pattern:16384", "pattern:16385", "pattern:5242880", "broken:0", "broken:100000", "missing"} {
		store.call(key, "GetObject", "b", key)
	}
	store.call("refused", "PutObject", "b", "refuse-after:10", object{"size": 100})
	// The host receives either the error, or only the end of the stream.
	refused := store.ask("PutObject", "b", "refuse-after:10", object{"size": 1 << 20})
	s.note("ObjectStore/PutObject/refused on the way", refused.Error != nil)
	for title, do := range s.host.failing() {
		store.call(title, "PutObject", "b", do, object{"text": "x"})
		store.call(title, "GetObject", "b", do)
		store.call(title, "ListObjects", "b", do)
		store.call(title, "DeleteObject", "b", do)
		store.call(title, "CreateSignedURL", "b", do, time.Hour)
		if s.host.isArk() {
			continue
		}
		store.call(title, "ObjectExists", "b", do)
		store.call(title, "ListCommonPrefixes", "b", do, "/")
	}
	store.call("values", "ListObjects", "b", "pre")
	store.call("empty arguments", "ListObjects", "b", "")
	store.call("values", "DeleteObject", "b", "key")
	store.call("an hour", "CreateSignedURL", "b", "key", time.Hour)
	store.call("no time", "CreateSignedURL", "b", "key", 0)
	if s.host.files() {
		store.call("without prefix", "ListCommonPrefixes", "b", "/")
	} else {
		store.call("values", "ListCommonPrefixes", "b", "pre", "/")
	}
	if !s.host.isArk() {
		store.call("yes", "ObjectExists", "b", "text")
		store.call("no", "ObjectExists", "b", "missing")
	}
}

func objectStoreConfiguration(s *session) {
	s.discover()
	store := s.plugin("ObjectStore", "object-store")
	configurations := map[string]object{"none": {}, "null": nil, "log": {"bucket": "b", "do": "log:x"}}
	if s.host.from("velero-1.2.0") {
		// Earlier frameworks do not check keys.
		configurations["unknown key"] = object{"bucket": "b", "unknown": "x"}
	}
	for title, do := range s.host.failing() {
		configurations[title] = object{"bucket": "b", "do": do}
	}
	for title, configuration := range inOrder(configurations) {
		store.call(title, "Init", configuration)
		s.reopen()
	}
	store.must("Init", object{"bucket": "b", "mark": "once"})
	// All hosts except the oldest answer this themselves.
	store.call("again", "Init", object{"bucket": "b", "mark": "again"})
	store.call("after Init again", "GetObject", "b", "config:mark")
}

func objectStoreInMemory(s *session) {
	s.discover()
	store := s.plugin("ObjectStore", "object-store-in-memory")
	store.must("Init", object{"bucket": "b"})
	for _, key := range []string{"a/1", "a/2", "b/1", "c"} {
		store.must("PutObject", "b", key, object{"text": "object " + key})
	}
	store.call("stored object", "GetObject", "b", "a/2")
	store.call("all", "ListObjects", "b", "")
	store.call("some", "ListObjects", "b", "a/")
	store.call("none", "ListObjects", "b", "z")
	if s.host.files() {
		store.call("of all", "ListCommonPrefixes", "b", "/")
	} else {
		store.call("of all", "ListCommonPrefixes", "b", "", "/")
		store.call("none", "ListCommonPrefixes", "b", "z", "/")
	}
	store.must("DeleteObject", "b", "a/1")
	store.call("after delete", "GetObject", "b", "a/1")

	// Messages above 4 MiB, the limit of gRPC in hosts up to 1.8.
	for _, name := range []string{"1", "2", "3", "4", "5"} {
		store.must("PutObject", "b", "long"+name+strings.Repeat("x", 1<<20), object{"text": "x"})
	}
	store.call("an answer of 5 MiB", "ListObjects", "b", "long")
	store.call("a request of 5 MiB", "ListObjects", "b", strings.Repeat("y", 5<<20))
	store.call("after that", "ListObjects", "b", "a/")
}

func volumeSnapshotter(s *session) {
	s.discover()
	volumes := s.plugin("VolumeSnapshotter", "volume-snapshotter")
	for title, do := range s.host.failing() {
		volumes.call(title, "Init", object{"do": do})
		s.reopen()
	}
	volumes.call("none", "Init", object{})
	s.reopen()
	volumes.call("with values", "Init", object{"region": "eu"})
	volumes.call("configuration", "GetVolumeInfo", "config:region", "z")
	volumes.call("with iops", "GetVolumeInfo", "fast", "z")
	volumes.call("without iops", "GetVolumeInfo", "slow", "z")
	volumes.call("without iops", "CreateVolumeFromSnapshot", "snap", "type", "z", nil)
	volumes.call("0 iops", "CreateVolumeFromSnapshot", "snap", "type", "z", 0)
	volumes.call("100 iops", "CreateVolumeFromSnapshot", "snap", "type", "z", 100)
	volumes.call("no tags", "CreateSnapshot", "vol", "z", nil)
	volumes.call("tags", "CreateSnapshot", "vol", "z", object{"a": "b", "c": ""})
	volumes.call("values", "DeleteSnapshot", "snap")
	volumes.call("one of its own", "GetVolumeID", volume(""))
	volumes.call("none of its own", "GetVolumeID", pod(""))
	volumes.call("values", "SetVolumeID", volume(""), "vol-2")
	if s.host.files() {
		volumes.call("ready", "IsVolumeReady", "vol", "z")
	}
	for title, do := range s.host.failing() {
		volumes.call(title, "GetVolumeInfo", do, "z")
		volumes.call(title, "CreateVolumeFromSnapshot", do, "type", "z", nil)
		volumes.call(title, "CreateSnapshot", do, "z", nil)
		volumes.call(title, "DeleteSnapshot", do)
		volumes.call(title, "GetVolumeID", volume(do))
		volumes.call(title, "SetVolumeID", volume(do), "vol-2")
	}
}
