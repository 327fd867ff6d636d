//go:build v2

package main

import (
	"k8s.io/apimachinery/pkg/runtime"

	"github.com/vmware-tanzu/velero/pkg/plugin/velero"
	biav2 "github.com/vmware-tanzu/velero/pkg/plugin/velero/backupitemaction/v2"
)

func init() {
	plugins = append(plugins,
		declare("BackupItemActionV2", "backup-item-action-v2", func(s script) any { return &backupActionV2{s} }),
		declare("BackupItemActionV2", "backup-without-operations", func(script) any { return backupWithoutOperations{} }),
	)
}

type backupActionV2 struct{ script }

func (a *backupActionV2) Name() string { return "" }

func (a *backupActionV2) AppliesTo() (velero.ResourceSelector, error) {
	return selector("backup-v2"), nil
}

func (a *backupActionV2) Execute(
	item runtime.Unstructured, backup *backupObject,
) (runtime.Unstructured, []resourceIdentifier, string, []resourceIdentifier, error) {
	output, err := a.backup(item, backup)
	if err != nil {
		return nil, nil, "", nil, err
	}
	return output.updated, output.additional, output.operation, output.postOperation, nil
}

func (a *backupActionV2) Progress(operation string, backup *backupObject) (velero.OperationProgress, error) {
	return a.progress(operation, backup.Name)
}

func (a *backupActionV2) Cancel(operation string, backup *backupObject) error {
	return a.cancel(operation, backup.Name)
}

type backupWithoutOperations struct{}

func (backupWithoutOperations) Name() string { return "" }

func (backupWithoutOperations) AppliesTo() (velero.ResourceSelector, error) {
	return velero.ResourceSelector{}, nil
}

func (backupWithoutOperations) Execute(
	runtime.Unstructured, *backupObject,
) (runtime.Unstructured, []resourceIdentifier, string, []resourceIdentifier, error) {
	return nil, nil, "", nil, nil
}

func (backupWithoutOperations) Progress(string, *backupObject) (velero.OperationProgress, error) {
	return velero.OperationProgress{}, biav2.AsyncOperationsNotSupportedError()
}

func (backupWithoutOperations) Cancel(string, *backupObject) error {
	return biav2.AsyncOperationsNotSupportedError()
}
