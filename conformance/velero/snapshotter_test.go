package conformance

import (
	"testing"

	"k8s.io/apimachinery/pkg/runtime"

	vsv1 "github.com/vmware-tanzu/velero/pkg/plugin/velero/volumesnapshotter/v1"
)

func TestVolumeSnapshotter(t *testing.T) {
	compare(t, probe, func(h *host) {
		snapshotter := h.volumeSnapshotter("volume-snapshotter")
		h.do("init", func() error { return snapshotter.Init(map[string]string{"region": "eu", "credentialsFile": "/x"}) })
		iops := map[string]*int64{"none": nil, "0": pointer(int64(0)), "100": pointer(int64(100)), "-1": pointer(int64(-1))}
		for _, name := range sorted(iops) {
			h.call("create with iops "+name, func() (any, error) {
				return snapshotter.CreateVolumeFromSnapshot("snap", "gp 3", "eu-1", iops[name])
			})
		}
		h.call("config", func() (any, error) { return volumeInfo(snapshotter, "config:region") })
		h.call("config that is not there", func() (any, error) { return volumeInfo(snapshotter, "config:zone") })
		h.call("iops", func() (any, error) { return volumeInfo(snapshotter, "fast") })
		h.call("no iops", func() (any, error) { return volumeInfo(snapshotter, "slow") })
	})
}

// Makes each call with a valid argument, and with arguments that cause an error and a panic.
func TestVolumeSnapshotterErrors(t *testing.T) {
	compare(t, probe, func(h *host) {
		snapshotter := h.volumeSnapshotter("volume-snapshotter")
		if err := snapshotter.Init(map[string]string{}); err != nil {
			t.Fatal(err)
		}
		for _, id := range []string{"v-1", "", "error:it broke", "panic:it broke"} {
			h.call("create "+id, func() (any, error) { return snapshotter.CreateVolumeFromSnapshot(id, "", "", nil) })
			h.call("info "+id, func() (any, error) { return volumeInfo(snapshotter, id) })
			h.call("snapshot "+id, func() (any, error) { return snapshotter.CreateSnapshot(id, "eu-1", nil) })
			h.do("delete "+id, func() error { return snapshotter.DeleteSnapshot(id) })
		}
		tags := map[string]string{"velero.io/backup": "nightly", "empty": "", "ä": "<&>"}
		h.call("snapshot with tags", func() (any, error) { return snapshotter.CreateSnapshot("v-1", "", tags) })
	})
}

// GetVolumeID and SetVolumeID read and change a PersistentVolume. Unknown fields are kept.
func TestVolumeIDs(t *testing.T) {
	compare(t, probe, func(h *host) {
		snapshotter := h.volumeSnapshotter("volume-snapshotter")
		if err := snapshotter.Init(nil); err != nil {
			t.Fatal(err)
		}
		mine := persistentVolume(nil, "")
		annotate(mine, "probe.plugwright.dev/volume-id", "v-1")
		volumes := map[string]runtime.Unstructured{
			"not mine": persistentVolume(map[string]any{"csi": map[string]any{"driver": "d"}}, ""),
			"mine":     mine,
			"error":    persistentVolume(nil, "error:it broke"),
			"panic":    persistentVolume(nil, "panic:it broke"),
		}
		for _, name := range sorted(volumes) {
			h.call("get "+name, func() (any, error) { return snapshotter.GetVolumeID(volumes[name]) })
			h.call("set "+name, func() (any, error) {
				changed, err := snapshotter.SetVolumeID(volumes[name], "v-2")
				return content(changed), err
			})
		}
	})
}

func volumeInfo(snapshotter vsv1.VolumeSnapshotter, id string) (any, error) {
	volumeType, iops, err := snapshotter.GetVolumeInfo(id, "eu-1")
	return map[string]any{"type": volumeType, "iops": iops}, err
}
