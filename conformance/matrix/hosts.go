// Package matrix holds one Rust binary against every generation of Velero and Ark: each version's own plugin manager starts it and, with
// the same calls, its twin in Go on that version's own framework. README.md says how to run it and what it compares.
package matrix

import (
	"slices"
	"strings"
)

// A host is one version, with what a plugin can see of its age.
type host struct {
	// name is also its folder below hosts/mod.
	name string
	// column is its title in the table.
	column string
	// tags choose the sources of its generation.
	tags string
	// api is the group and version of its Backup and Restore.
	api string
	// kinds are those that it can list.
	kinds []string
	// ci says that `run --ci` takes it: the wire, the process handling or the list of kinds is new in it.
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

// hosts are all, by age.
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

// version is as `PLUGWRIGHT_HOST_VERSION` takes it: with two parts.
func (h host) version() string {
	_, version, _ := strings.Cut(h.name, "-")
	parts := strings.Split(version, ".")
	return strings.Join(parts[:2], ".")
}

// from tells whether the host is this one or a newer one.
func (h host) from(name string) bool {
	at := func(name string) int {
		return slices.IndexFunc(hosts, func(host host) bool { return host.name == name })
	}
	return at(h.name) >= at(name)
}

// files tells that the names of files say what a plugin is: there is no lister.
func (h host) files() bool { return !h.from("ark-0.10.2") }

// isArk tells Ark's wire, which Velero 0.11 has too.
func (h host) isArk() bool { return !h.from("velero-1.0.0") }

// kind is what this host calls a kind of today.
func (h host) kind(kind string) string {
	if kind == "VolumeSnapshotter" && h.isArk() {
		return "BlockStore"
	}
	return kind
}

// plugin is the name under which this host knows a plugin of the probe's.
func (h host) plugin(name string) string {
	switch {
	case !h.isArk():
		return "probe.plugwright.dev/" + name
	case name == "object-store-in-memory" || name == "volume-snapshotter":
		// Their `ark_name`: Ark before 0.10 can have an object and a block store of one name in one process.
		return "in-memory"
	default:
		return name
	}
}
