//go:build itemblock

package main

import (
	"k8s.io/apimachinery/pkg/runtime"

	"github.com/vmware-tanzu/velero/pkg/plugin/velero"
)

func init() {
	plugins = append(plugins, declare("ItemBlockAction", "item-block-action", func(s script) any { return &itemBlockAction{s} }))
}

type itemBlockAction struct{ script }

func (a *itemBlockAction) Name() string { return "" }

func (a *itemBlockAction) AppliesTo() (velero.ResourceSelector, error) {
	return selector("item-block"), nil
}

func (a *itemBlockAction) GetRelatedItems(item runtime.Unstructured, backup *backupObject) ([]resourceIdentifier, error) {
	var related []resourceIdentifier
	do, err := commands(item)
	if err != nil {
		return nil, err
	}
	err = a.each(do, func(verb, argument string) (err error) {
		switch verb {
		case "additional":
			related, err = additional(argument)
		case "echo-backup":
			related = append(related, resourceIdentifier{Namespace: backup.Namespace, Name: backup.Name})
		default:
			return unknownCommand(verb)
		}
		return err
	})
	return related, err
}
