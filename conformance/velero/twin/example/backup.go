package main

import (
	"github.com/sirupsen/logrus"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/runtime"

	v1 "github.com/vmware-tanzu/velero/pkg/apis/velero/v1"
	"github.com/vmware-tanzu/velero/pkg/plugin/velero"
	biav2 "github.com/vmware-tanzu/velero/pkg/plugin/velero/backupitemaction/v2"
)

// backupDuration is the annotation with the duration of an item's operation, on the item or, by default, on the Backup.
const backupDuration = "velero.io/example-bia-operation-duration"

// backupPlugin annotates each backed-up item.
type backupPlugin struct {
	log logrus.FieldLogger
}

func (p *backupPlugin) AppliesTo() (velero.ResourceSelector, error) {
	return velero.ResourceSelector{}, nil
}

func (p *backupPlugin) Execute(item runtime.Unstructured, _ *v1.Backup) (runtime.Unstructured, []velero.ResourceIdentifier, error) {
	p.log.Info("Hello from my BackupPlugin(v1)!")
	if err := annotate(item, "velero.io/my-backup-plugin"); err != nil {
		return nil, nil, err
	}
	return item, nil, nil
}

// backupPluginV2 does the same as backupPlugin, and starts an operation if an annotation requests it.
type backupPluginV2 struct {
	log logrus.FieldLogger
}

func (p *backupPluginV2) Name() string { return "" }

func (p *backupPluginV2) AppliesTo() (velero.ResourceSelector, error) {
	return velero.ResourceSelector{ExcludedResources: []string{"secrets"}}, nil
}

func (p *backupPluginV2) Execute(
	item runtime.Unstructured, backup *v1.Backup,
) (runtime.Unstructured, []velero.ResourceIdentifier, string, []velero.ResourceIdentifier, error) {
	p.log.Info("Hello from my BackupPlugin(v2)!")
	if err := annotate(item, "velero.io/my-backup-pluginv2"); err != nil {
		return nil, nil, "", nil, err
	}

	// Velero rejects operations while the backup is finalizing.
	switch backup.Status.Phase {
	case v1.BackupPhaseFinalizing, v1.BackupPhaseFinalizingPartiallyFailed:
		return item, nil, "", nil, nil
	}

	metadata, err := meta.Accessor(item)
	if err != nil {
		return nil, nil, "", nil, err
	}
	duration := operationDuration(backupDuration, metadata.GetAnnotations(), backup.Annotations)
	if duration == "" {
		return item, nil, "", nil, nil
	}
	return item, nil, string(metadata.GetUID()) + "/" + duration, nil, nil
}

func (p *backupPluginV2) Progress(operationID string, backup *v1.Backup) (velero.OperationProgress, error) {
	duration, ok := parseOperationID(operationID)
	if !ok {
		return velero.OperationProgress{}, biav2.InvalidOperationIDError(operationID)
	}
	return progressSince(backup.Status.StartTimestamp, duration, "Backup "+backup.Name)
}

func (p *backupPluginV2) Cancel(operationID string, _ *v1.Backup) error {
	if _, ok := parseOperationID(operationID); !ok {
		return biav2.InvalidOperationIDError(operationID)
	}
	return nil
}

// annotate sets the annotation key to "1".
func annotate(item runtime.Unstructured, key string) error {
	metadata, err := meta.Accessor(item)
	if err != nil {
		return err
	}
	annotations := metadata.GetAnnotations()
	if annotations == nil {
		annotations = map[string]string{}
	}
	annotations[key] = "1"
	metadata.SetAnnotations(annotations)
	return nil
}
