//go:build deleteitem

package main

import "github.com/vmware-tanzu/velero/pkg/plugin/velero"

func init() {
	plugins = append(plugins, declare("DeleteItemAction", "delete-item-action", func(s script) any { return &deleteAction{s} }))
}

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
