package main

import (
	"k8s.io/apimachinery/pkg/runtime"

	v1 "github.com/vmware-tanzu/velero/pkg/apis/velero/v1"
	"github.com/vmware-tanzu/velero/pkg/plugin/velero"
)

type deleteAction struct{ script }

func (a *deleteAction) AppliesTo() (velero.ResourceSelector, error) {
	return selector("delete"), nil
}

func (a *deleteAction) Execute(input *velero.DeleteItemActionExecuteInput) error {
	do, err := commands(input.Item)
	if err != nil {
		return err
	}
	return a.each(do, func(verb, _ string) error {
		switch verb {
		case "echo-item":
			a.log.Info(describe(editOf(input.Item).item))
		case "echo-backup":
			a.log.Info(echoBackup(input.Backup))
		default:
			return unknownCommand(verb)
		}
		return nil
	})
}

type itemBlockAction struct{ script }

func (a *itemBlockAction) Name() string { return "" }

func (a *itemBlockAction) AppliesTo() (velero.ResourceSelector, error) {
	return selector("item-block"), nil
}

func (a *itemBlockAction) GetRelatedItems(item runtime.Unstructured, backup *v1.Backup) ([]velero.ResourceIdentifier, error) {
	var related []velero.ResourceIdentifier
	do, err := commands(item)
	if err != nil {
		return nil, err
	}
	err = a.each(do, func(verb, _ string) error {
		switch verb {
		case "additional":
			related = someItems()
		case "echo-backup":
			related = append(related, velero.ResourceIdentifier{Namespace: backup.Namespace, Name: backup.Name})
		default:
			return unknownCommand(verb)
		}
		return nil
	})
	return related, err
}
