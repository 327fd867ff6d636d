package main

import (
	"time"

	"k8s.io/apimachinery/pkg/runtime"

	v1 "github.com/vmware-tanzu/velero/pkg/apis/velero/v1"
	"github.com/vmware-tanzu/velero/pkg/plugin/velero"
)

// endlessBackup starts an operation that runs until it is cancelled.
type endlessBackup struct{ configMaps }

func (endlessBackup) Execute(
	item runtime.Unstructured, _ *v1.Backup,
) (runtime.Unstructured, []velero.ResourceIdentifier, string, []velero.ResourceIdentifier, error) {
	metadata, verb, _ := wish(item)
	if verb != "backup-endless" {
		return item, nil, "", nil, nil
	}
	return item, nil, metadata.GetName(), nil, nil
}

func (endlessBackup) Progress(string, *v1.Backup) (velero.OperationProgress, error) {
	return underWay(), nil
}

func (a endlessBackup) Cancel(operation string, _ *v1.Backup) error {
	a.log.Infof("cancelled for a backup: %s", operation)
	return nil
}

// endlessRestore is the same for restores.
type endlessRestore struct{ configMaps }

func (endlessRestore) Execute(input *velero.RestoreItemActionExecuteInput) (*velero.RestoreItemActionExecuteOutput, error) {
	metadata, verb, _ := wish(input.Item)
	output := velero.NewRestoreItemActionExecuteOutput(input.Item)
	if verb == "restore-endless" {
		output = output.WithOperationID(metadata.GetName())
	}
	return output, nil
}

func (endlessRestore) Progress(string, *v1.Restore) (velero.OperationProgress, error) {
	return underWay(), nil
}

func (a endlessRestore) Cancel(operation string, _ *v1.Restore) error {
	a.log.Infof("cancelled for a restore: %s", operation)
	return nil
}

func (endlessRestore) AreAdditionalItemsReady([]velero.ResourceIdentifier, *v1.Restore) (bool, error) {
	return true, nil
}

func underWay() velero.OperationProgress {
	now := time.Now()
	return velero.OperationProgress{NCompleted: 1, NTotal: 9, OperationUnits: "pieces", Started: now, Updated: now}
}
