package main

import (
	"k8s.io/apimachinery/pkg/runtime"

	v1 "github.com/vmware-tanzu/velero/pkg/apis/velero/v1"
	"github.com/vmware-tanzu/velero/pkg/plugin/velero"
	biav2 "github.com/vmware-tanzu/velero/pkg/plugin/velero/backupitemaction/v2"
)

// backupOutput is what the backup actions of both versions can answer.
type backupOutput struct {
	*edit
	additional, postOperation []velero.ResourceIdentifier
	operation                 string
}

func (s script) backup(item runtime.Unstructured, backup *v1.Backup) (*backupOutput, error) {
	output := &backupOutput{edit: editOf(item)}
	do, err := commands(item)
	if err != nil {
		return nil, err
	}
	return output, s.each(do, func(verb, argument string) error {
		if known, err := output.command(verb, argument); known {
			return err
		}
		switch verb {
		case "echo-backup":
			output.annotate("backup", echoBackup(backup))
		case "additional":
			output.additional = someItems()
		case "post-operation":
			output.postOperation = someItems()[:1]
		case "operation":
			output.operation = argument
		case "skip":
			output.mark(v1.SkipFromBackupAnnotation)
		case "must-include":
			output.mark(v1.MustIncludeAdditionalItemAnnotation)
		default:
			return unknownCommand(verb)
		}
		return nil
	})
}

// mark sets one of Velero's own annotations to "true".
func (o *backupOutput) mark(annotation string) {
	annotations := o.item.GetAnnotations()
	if annotations == nil {
		annotations = map[string]string{}
	}
	annotations[annotation] = "true"
	o.item.SetAnnotations(annotations)
	o.updated = o.item
}

type backupAction struct{ script }

func (a *backupAction) AppliesTo() (velero.ResourceSelector, error) {
	return selector("backup"), nil
}

func (a *backupAction) Execute(item runtime.Unstructured, backup *v1.Backup) (runtime.Unstructured, []velero.ResourceIdentifier, error) {
	output, err := a.backup(item, backup)
	if err != nil {
		return nil, nil, err
	}
	return output.updated, output.additional, nil
}

type backupActionV2 struct{ script }

func (a *backupActionV2) Name() string { return "" }

func (a *backupActionV2) AppliesTo() (velero.ResourceSelector, error) {
	return selector("backup-v2"), nil
}

func (a *backupActionV2) Execute(
	item runtime.Unstructured, backup *v1.Backup,
) (runtime.Unstructured, []velero.ResourceIdentifier, string, []velero.ResourceIdentifier, error) {
	output, err := a.backup(item, backup)
	if err != nil {
		return nil, nil, "", nil, err
	}
	return output.updated, output.additional, output.operation, output.postOperation, nil
}

func (a *backupActionV2) Progress(operation string, backup *v1.Backup) (velero.OperationProgress, error) {
	return a.progress(operation, backup.Name)
}

func (a *backupActionV2) Cancel(operation string, backup *v1.Backup) error {
	return a.cancel(operation, backup.Name)
}

// nothing answers that the item is as it was.
type nothing struct{}

func (nothing) AppliesTo() (velero.ResourceSelector, error) {
	return velero.ResourceSelector{}, nil
}

func (nothing) Execute(runtime.Unstructured, *v1.Backup) (runtime.Unstructured, []velero.ResourceIdentifier, error) {
	return nil, nil, nil
}

type backupWithoutOperations struct{}

func (backupWithoutOperations) Name() string { return "" }

func (backupWithoutOperations) AppliesTo() (velero.ResourceSelector, error) {
	return velero.ResourceSelector{}, nil
}

func (backupWithoutOperations) Execute(
	runtime.Unstructured, *v1.Backup,
) (runtime.Unstructured, []velero.ResourceIdentifier, string, []velero.ResourceIdentifier, error) {
	return nil, nil, "", nil, nil
}

func (backupWithoutOperations) Progress(string, *v1.Backup) (velero.OperationProgress, error) {
	return velero.OperationProgress{}, biav2.AsyncOperationsNotSupportedError()
}

func (backupWithoutOperations) Cancel(string, *v1.Backup) error {
	return biav2.AsyncOperationsNotSupportedError()
}

// selector has all five fields, told apart by the kind's name.
func selector(kind string) velero.ResourceSelector {
	return velero.ResourceSelector{
		IncludedNamespaces: []string{kind, "probe"},
		ExcludedNamespaces: []string{"kube-system"},
		IncludedResources:  []string{"pods", "deployments.apps"},
		ExcludedResources:  []string{"events", "secrets"},
		LabelSelector:      "probe in (" + kind + "),!hidden",
	}
}
