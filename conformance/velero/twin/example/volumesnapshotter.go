package main

import (
	"maps"
	"math/rand/v2"
	"strconv"
	"sync"

	"github.com/cockroachdb/errors"
	"github.com/sirupsen/logrus"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
)

type volume struct {
	volumeType, az string
	iops           *int64
}

type snapshot struct {
	volumeID, az string
	tags         map[string]string
}

// volumeSnapshotter keeps volumes and snapshots in memory until the process exits.
type volumeSnapshotter struct {
	log logrus.FieldLogger

	mu        sync.Mutex
	volumes   map[string]volume
	snapshots map[string]snapshot
}

func newVolumeSnapshotter(log logrus.FieldLogger) *volumeSnapshotter {
	return &volumeSnapshotter{log: log, volumes: map[string]volume{}, snapshots: map[string]snapshot{}}
}

// Init keeps the state, because Velero calls it once per snapshot location, on the same instance.
func (s *volumeSnapshotter) Init(map[string]string) error {
	s.log.Info("Init called")
	return nil
}

func (s *volumeSnapshotter) CreateVolumeFromSnapshot(snapshotID, volumeType, volumeAZ string, iops *int64) (string, error) {
	fields := logrus.Fields{"snapshotID": snapshotID, "volumeType": volumeType, "volumeAZ": volumeAZ}
	if iops != nil {
		fields["iops"] = *iops
	}
	s.log.WithFields(fields).Info("CreateVolumeFromSnapshot called")

	s.mu.Lock()
	defer s.mu.Unlock()
	id := newID(s.volumes, snapshotID+".vol.")
	s.volumes[id] = volume{volumeType: volumeType, az: volumeAZ, iops: iops}
	return id, nil
}

func (s *volumeSnapshotter) GetVolumeInfo(volumeID, volumeAZ string) (string, *int64, error) {
	s.log.WithFields(logrus.Fields{"volumeID": volumeID, "volumeAZ": volumeAZ}).Info("GetVolumeInfo called")

	s.mu.Lock()
	defer s.mu.Unlock()
	found, ok := s.volumes[volumeID]
	if !ok {
		return "", nil, errors.Errorf("Volume %s not found", volumeID)
	}
	return found.volumeType, found.iops, nil
}

func (s *volumeSnapshotter) CreateSnapshot(volumeID, volumeAZ string, tags map[string]string) (string, error) {
	s.log.WithFields(logrus.Fields{"volumeID": volumeID, "volumeAZ": volumeAZ}).Info("CreateSnapshot called")

	s.mu.Lock()
	defer s.mu.Unlock()
	s.discover(volumeID)
	id := newID(s.snapshots, volumeID+".snap.")
	s.snapshots[id] = snapshot{volumeID: volumeID, az: volumeAZ, tags: maps.Clone(tags)}
	s.log.WithField("snapshotID", id).Info("CreateSnapshot returning")
	return id, nil
}

func (s *volumeSnapshotter) DeleteSnapshot(snapshotID string) error {
	s.log.WithField("snapshotID", snapshotID).Info("DeleteSnapshot called")

	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.snapshots, snapshotID)
	return nil
}

func (s *volumeSnapshotter) GetVolumeID(pv runtime.Unstructured) (string, error) {
	s.log.Info("GetVolumeID called")
	if !hasHostPath(pv) {
		return "", nil
	}
	path, _, _ := unstructured.NestedString(pv.UnstructuredContent(), "spec", "hostPath", "path")
	if path == "" {
		return "", errors.New("spec.hostPath.path not found")
	}

	s.mu.Lock()
	defer s.mu.Unlock()
	s.discover(path)
	return path, nil
}

// discover records a volume that already existed before this process.
func (s *volumeSnapshotter) discover(volumeID string) {
	if _, ok := s.volumes[volumeID]; !ok {
		iops := int64(100)
		s.volumes[volumeID] = volume{volumeType: "originalVolumeType", iops: &iops}
	}
}

func (s *volumeSnapshotter) SetVolumeID(pv runtime.Unstructured, volumeID string) (runtime.Unstructured, error) {
	s.log.WithField("volumeID", volumeID).Info("SetVolumeID called")
	if !hasHostPath(pv) {
		return nil, errors.New("spec.hostPath.path not found")
	}
	if err := unstructured.SetNestedField(pv.UnstructuredContent(), volumeID, "spec", "hostPath", "path"); err != nil {
		return nil, errors.WithStack(err)
	}
	return pv, nil
}

func hasHostPath(pv runtime.Unstructured) bool {
	hostPath, found, err := unstructured.NestedFieldNoCopy(pv.UnstructuredContent(), "spec", "hostPath")
	return err == nil && found && hostPath != nil
}

// newID returns the prefix with a random number, such that the ID is not in taken.
func newID[V any](taken map[string]V, prefix string) string {
	for {
		id := prefix + strconv.FormatUint(rand.Uint64(), 10)
		if _, ok := taken[id]; !ok {
			return id
		}
	}
}
