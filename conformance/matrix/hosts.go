// Package matrix tests one Rust binary on every generation of Velero and Ark: each version's own plugin manager makes the same calls to
// it and to its twin in Go, on that version's own framework. README.md describes how to run it.
package matrix

import (
	"slices"
	"strings"
)

// A host is one version, with the properties that plugins can detect.
type host struct {
	// name is also the folder in hosts/mod.
	name string
	// column is the title in the table.
	column string
	// tags are the build tags of the generation.
	tags string
	// api is the API version of Backup and Restore.
	api string
	// kinds are the supported kinds.
	kinds []string
	// ci selects the host for `run -ci`: it changes the wire format, the process handling or the supported kinds.
	ci bool
}

var (
	arkKinds = []string{"ObjectStore", "BlockStore", "BackupItemAction", "RestoreItemAction"}
	kinds10  = []string{"ObjectStore", "VolumeSnapshotter", "BackupItemAction", "RestoreItemAction"}
	kinds15  = append(slices.Clone(kinds10), "DeleteItemAction")
	kinds111 = append(slices.Clone(kinds15), "BackupItemActionV2", "RestoreItemActionV2")
	kinds115 = append(slices.Clone(kinds111), "ItemBlockAction")
)

const (
	arkAPI    = "ark.heptio.com/v1"
	veleroAPI = "velero.io/v1"

	tagsMoved = "velero1,moved,deleteitem"
	tagsV2    = tagsMoved + ",v2"
	tagsAll   = tagsV2 + ",itemblock"
)

// hosts lists all hosts, from old to new.
var hosts = []host{
	{name: "ark-0.9.11", column: "Ark 0.9", tags: "ark,ark09", api: arkAPI, kinds: arkKinds, ci: true},
	{name: "ark-0.10.2", column: "Ark 0.10", tags: "ark,ark010", api: arkAPI, kinds: arkKinds, ci: true},
	{name: "velero-0.11.0", column: "0.11", tags: "velero011", api: veleroAPI, kinds: arkKinds},
	{name: "velero-1.0.0", column: "1.0", tags: "velero1,heptio", api: veleroAPI, kinds: kinds10, ci: true},
	{name: "velero-1.1.0", column: "1.1", tags: "velero1,heptio", api: veleroAPI, kinds: kinds10},
	{name: "velero-1.2.0", column: "1.2", tags: "velero1", api: veleroAPI, kinds: kinds10},
	{name: "velero-1.5.1", column: "1.5", tags: "velero1,deleteitem", api: veleroAPI, kinds: kinds15},
	{name: "velero-1.9.0", column: "1.9", tags: "velero1,deleteitem", api: veleroAPI, kinds: kinds15},
	{name: "velero-1.10.0", column: "1.10", tags: tagsMoved, api: veleroAPI, kinds: kinds15, ci: true},
	{name: "velero-1.11.0", column: "1.11", tags: tagsV2, api: veleroAPI, kinds: kinds111},
	{name: "velero-1.12.0", column: "1.12", tags: tagsV2, api: veleroAPI, kinds: kinds111},
	{name: "velero-1.14.0", column: "1.14", tags: tagsV2, api: veleroAPI, kinds: kinds111, ci: true},
	{name: "velero-1.15.0", column: "1.15", tags: tagsAll, api: veleroAPI, kinds: kinds115},
	{name: "velero-1.16.0", column: "1.16", tags: tagsAll, api: veleroAPI, kinds: kinds115},
	{name: "velero-1.18.2", column: "1.18.2", tags: tagsAll, api: veleroAPI, kinds: kinds115},
	{name: "velero-1.18.3", column: "1.18.3", tags: tagsAll, api: veleroAPI, kinds: kinds115, ci: true},
}

func (h host) has(kind string) bool { return slices.Contains(h.kinds, kind) }

// version returns the major and minor version, for `PLUGWRIGHT_HOST_VERSION`.
func (h host) version() string {
	_, version, _ := strings.Cut(h.name, "-")
	parts := strings.Split(version, ".")
	return strings.Join(parts[:2], ".")
}

// from reports whether the host is this one or a newer one.
func (h host) from(name string) bool {
	at := func(name string) int {
		return slices.IndexFunc(hosts, func(host host) bool { return host.name == name })
	}
	return at(h.name) >= at(name)
}

// files reports whether the host identifies plugins by file names, without a lister.
func (h host) files() bool { return !h.from("ark-0.10.2") }

// isArk reports whether the host uses Ark's protocol, as Velero 0.11 does.
func (h host) isArk() bool { return !h.from("velero-1.0.0") }

// kind returns this host's name for a current kind.
func (h host) kind(kind string) string {
	if kind == "VolumeSnapshotter" && h.isArk() {
		return "BlockStore"
	}
	return kind
}

// plugin returns the name of the probe's plugin on this host.
func (h host) plugin(name string) string {
	switch {
	case !h.isArk():
		return "probe.plugwright.dev/" + name
	case name == "object-store-in-memory" || name == "volume-snapshotter":
		// Their `ark_name` is equal: in Ark before 0.10, one process can serve an object store and a block store of the same name.
		return "in-memory"
	default:
		return name
	}
}
