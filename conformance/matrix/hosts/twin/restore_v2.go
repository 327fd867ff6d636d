//go:build v2

package main

import (
	"fmt"
	"strings"
	"time"

	"github.com/pkg/errors"

	"github.com/vmware-tanzu/velero/pkg/plugin/velero"
	riav2 "github.com/vmware-tanzu/velero/pkg/plugin/velero/restoreitemaction/v2"
)

func init() {
	plugins = append(plugins,
		declare("RestoreItemActionV2", "restore-item-action-v2", func(s script) any { return &restoreActionV2{s} }),
		declare("RestoreItemActionV2", "restore-without-operations", func(script) any { return restoreWithoutOperations{} }),
	)
}

type restoreActionV2 struct{ script }

func (a *restoreActionV2) Name() string { return "" }

func (a *restoreActionV2) AppliesTo() (velero.ResourceSelector, error) {
	return selector("restore-v2"), nil
}

func (a *restoreActionV2) Execute(input *restoreInput) (*restoreOutput, error) {
	return a.restore(input, func(output *restoreOutput, verb, argument string) (bool, error) {
		switch verb {
		case "operation":
			output.OperationID = argument
		case "wait":
			output.WaitForAdditionalItems = true
		case "ready-timeout":
			timeout, err := time.ParseDuration(argument)
			if err != nil {
				return true, errors.WithStack(err)
			}
			output.AdditionalItemsReadyTimeout = timeout
		default:
			return false, nil
		}
		return true, nil
	})
}

func (a *restoreActionV2) Progress(operation string, restore *restoreObject) (velero.OperationProgress, error) {
	return a.progress(operation, restore.Name)
}

func (a *restoreActionV2) Cancel(operation string, restore *restoreObject) error {
	return a.cancel(operation, restore.Name)
}

// AreAdditionalItemsReady returns whether the items are those in an annotation of the restore.
func (a *restoreActionV2) AreAdditionalItemsReady(items []resourceIdentifier, restore *restoreObject) (bool, error) {
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

func (restoreWithoutOperations) Execute(*restoreInput) (*restoreOutput, error) {
	return &restoreOutput{}, nil
}

func (restoreWithoutOperations) Progress(string, *restoreObject) (velero.OperationProgress, error) {
	return velero.OperationProgress{}, riav2.AsyncOperationsNotSupportedError()
}

func (restoreWithoutOperations) Cancel(string, *restoreObject) error {
	return riav2.AsyncOperationsNotSupportedError()
}

func (restoreWithoutOperations) AreAdditionalItemsReady([]resourceIdentifier, *restoreObject) (bool, error) {
	return true, nil
}
