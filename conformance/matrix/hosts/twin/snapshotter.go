package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/runtime"
)

// snapshotter returns its arguments as text, to show that each was received.
type snapshotter struct {
	script
	config map[string]string
}

func (s *snapshotter) Init(config map[string]string) error {
	if err := s.text(config["do"]); err != nil {
		return err
	}
	s.config = config
	return nil
}

func (s *snapshotter) CreateVolumeFromSnapshot(snapshotID, volumeType, volumeAZ string, iops *int64) (string, error) {
	if err := s.text(snapshotID); err != nil {
		return "", err
	}
	text := "none"
	if iops != nil {
		text = fmt.Sprint(*iops)
	}
	return strings.Join([]string{"volume", snapshotID, volumeType, volumeAZ, text}, "|"), nil
}

func (s *snapshotter) GetVolumeInfo(volumeID, volumeAZ string) (string, *int64, error) {
	if err := s.text(volumeID); err != nil {
		return "", nil, err
	}
	if key, found := strings.CutPrefix(volumeID, "config:"); found {
		return s.config[key], nil, nil
	}
	if volumeID == "fast" {
		iops := int64(300)
		return volumeID + "|" + volumeAZ, &iops, nil
	}
	return volumeID + "|" + volumeAZ, nil, nil
}

func (s *snapshotter) CreateSnapshot(volumeID, volumeAZ string, tags map[string]string) (string, error) {
	if err := s.text(volumeID); err != nil {
		return "", err
	}
	texts := []string{"snapshot", volumeID, volumeAZ}
	for _, tag := range slices.Sorted(maps.Keys(tags)) {
		texts = append(texts, tag+"="+tags[tag])
	}
	return strings.Join(texts, "|"), nil
}

func (s *snapshotter) DeleteSnapshot(snapshotID string) error {
	return s.text(snapshotID)
}

func (s *snapshotter) GetVolumeID(pv runtime.Unstructured) (string, error) {
	edit, err := s.onVolume(pv)
	if err != nil {
		return "", err
	}
	return edit.item.GetAnnotations()[domain+"volume-id"], nil
}

func (s *snapshotter) SetVolumeID(pv runtime.Unstructured, volumeID string) (runtime.Unstructured, error) {
	edit, err := s.onVolume(pv)
	if err != nil {
		return nil, err
	}
	edit.annotate("volume-id", volumeID)
	return edit.updated, nil
}

func (s *snapshotter) onVolume(pv runtime.Unstructured) (*edit, error) {
	do, err := commands(pv)
	if err != nil {
		return nil, err
	}
	return editOf(pv), s.each(do, func(verb, _ string) error { return unknownCommand(verb) })
}
