package main

import (
	"github.com/sirupsen/logrus"
	"k8s.io/apimachinery/pkg/api/meta"

	v1 "github.com/vmware-tanzu/velero/pkg/apis/velero/v1"
	"github.com/vmware-tanzu/velero/pkg/plugin/velero"
	riav2 "github.com/vmware-tanzu/velero/pkg/plugin/velero/restoreitemaction/v2"
)

// restoreDuration is the annotation with the duration of an item's operation, on the item or, by default, on the Restore.
const restoreDuration = "velero.io/example-ria-operation-duration"

// restorePlugin annotates each restored item.
type restorePlugin struct {
	log logrus.FieldLogger
}

func (p *restorePlugin) AppliesTo() (velero.ResourceSelector, error) {
	return velero.ResourceSelector{}, nil
}

func (p *restorePlugin) Execute(input *velero.RestoreItemActionExecuteInput) (*velero.RestoreItemActionExecuteOutput, error) {
	p.log.Info("Hello from my RestorePlugin!")
	if err := annotate(input.Item, "velero.io/my-restore-plugin"); err != nil {
		return nil, err
	}
	return velero.NewRestoreItemActionExecuteOutput(input.Item), nil
}

// restorePluginV2 does the same as restorePlugin, and starts an operation if an annotation requests it.
type restorePluginV2 struct {
	log logrus.FieldLogger
}

func (p *restorePluginV2) Name() string { return "" }

func (p *restorePluginV2) AppliesTo() (velero.ResourceSelector, error) {
	return velero.ResourceSelector{}, nil
}

func (p *restorePluginV2) Execute(input *velero.RestoreItemActionExecuteInput) (*velero.RestoreItemActionExecuteOutput, error) {
	p.log.Info("Hello from my RestorePlugin(v2)!")
	if err := annotate(input.Item, "velero.io/my-restore-pluginv2"); err != nil {
		return nil, err
	}
	metadata, err := meta.Accessor(input.Item)
	if err != nil {
		return nil, err
	}
	output := velero.NewRestoreItemActionExecuteOutput(input.Item)
	duration := operationDuration(restoreDuration, metadata.GetAnnotations(), input.Restore.Annotations)
	if duration != "" {
		output = output.WithOperationID(metadata.GetName() + "/" + duration)
	}
	return output, nil
}

func (p *restorePluginV2) Progress(operationID string, restore *v1.Restore) (velero.OperationProgress, error) {
	duration, ok := parseOperationID(operationID)
	if !ok {
		return velero.OperationProgress{}, riav2.InvalidOperationIDError(operationID)
	}
	return progressSince(restore.Status.StartTimestamp, duration, "Restore "+restore.Name)
}

func (p *restorePluginV2) Cancel(operationID string, _ *v1.Restore) error {
	if _, ok := parseOperationID(operationID); !ok {
		return riav2.InvalidOperationIDError(operationID)
	}
	return nil
}

func (p *restorePluginV2) AreAdditionalItemsReady([]velero.ResourceIdentifier, *v1.Restore) (bool, error) {
	return true, nil
}
