package main

import (
	"fmt"
	"strings"
	"time"

	"github.com/cockroachdb/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	v1 "github.com/vmware-tanzu/velero/pkg/apis/velero/v1"
	"github.com/vmware-tanzu/velero/pkg/plugin/velero"
	riav2 "github.com/vmware-tanzu/velero/pkg/plugin/velero/restoreitemaction/v2"
)

func (s script) restore(input *velero.RestoreItemActionExecuteInput) (*velero.RestoreItemActionExecuteOutput, error) {
	edit := editOf(input.Item)
	output := &velero.RestoreItemActionExecuteOutput{}
	do, err := commands(input.Item)
	if err != nil {
		return nil, err
	}
	err = s.each(do, func(verb, argument string) error {
		if known, err := edit.command(verb, argument); known {
			return err
		}
		switch verb {
		case "echo-restore":
			edit.annotate("restore", echoRestore(input.Restore))
		case "item-from-backup":
			edit.annotate("item-from-backup", describe(&unstructured.Unstructured{Object: input.ItemFromBackup.UnstructuredContent()}))
		case "additional":
			output.AdditionalItems = someItems()
		case "operation":
			output.OperationID = argument
		case "skip":
			output.SkipRestore = true
		case "wait":
			output.WaitForAdditionalItems = true
		case "ready-timeout":
			timeout, err := time.ParseDuration(argument)
			if err != nil {
				return errors.WithStack(err)
			}
			output.AdditionalItemsReadyTimeout = timeout
		default:
			return unknownCommand(verb)
		}
		return nil
	})
	output.UpdatedItem = edit.updated
	return output, err
}

type restoreAction struct{ script }

func (a *restoreAction) AppliesTo() (velero.ResourceSelector, error) {
	return selector("restore"), nil
}

func (a *restoreAction) Execute(input *velero.RestoreItemActionExecuteInput) (*velero.RestoreItemActionExecuteOutput, error) {
	return a.restore(input)
}

type restoreActionV2 struct{ script }

func (a *restoreActionV2) Name() string { return "" }

func (a *restoreActionV2) AppliesTo() (velero.ResourceSelector, error) {
	return selector("restore-v2"), nil
}

func (a *restoreActionV2) Execute(input *velero.RestoreItemActionExecuteInput) (*velero.RestoreItemActionExecuteOutput, error) {
	return a.restore(input)
}

func (a *restoreActionV2) Progress(operation string, restore *v1.Restore) (velero.OperationProgress, error) {
	return a.progress(operation, restore.Name)
}

func (a *restoreActionV2) Cancel(operation string, restore *v1.Restore) error {
	return a.cancel(operation, restore.Name)
}

// AreAdditionalItemsReady is true if the items are those that an annotation of the restore lists.
func (a *restoreActionV2) AreAdditionalItemsReady(items []velero.ResourceIdentifier, restore *v1.Restore) (bool, error) {
	if err := a.text(restore.Annotations[domain+"do"]); err != nil {
		return false, err
	}
	var names []string
	for _, item := range items {
		names = append(names, fmt.Sprintf("%s/%s/%s/%s", item.Group, item.Resource, item.Namespace, item.Name))
	}
	return strings.Join(names, ",") == restore.Annotations[domain+"ready"], nil
}

type restoreWithoutOperations struct{}

func (restoreWithoutOperations) Name() string { return "" }

func (restoreWithoutOperations) AppliesTo() (velero.ResourceSelector, error) {
	return velero.ResourceSelector{}, nil
}

func (restoreWithoutOperations) Execute(*velero.RestoreItemActionExecuteInput) (*velero.RestoreItemActionExecuteOutput, error) {
	return &velero.RestoreItemActionExecuteOutput{}, nil
}

func (restoreWithoutOperations) Progress(string, *v1.Restore) (velero.OperationProgress, error) {
	return velero.OperationProgress{}, riav2.AsyncOperationsNotSupportedError()
}

func (restoreWithoutOperations) Cancel(string, *v1.Restore) error {
	return riav2.AsyncOperationsNotSupportedError()
}

func (restoreWithoutOperations) AreAdditionalItemsReady([]velero.ResourceIdentifier, *v1.Restore) (bool, error) {
	return true, nil
}
