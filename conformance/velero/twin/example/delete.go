package main

import (
	"github.com/sirupsen/logrus"

	"github.com/vmware-tanzu/velero/pkg/plugin/velero"
)

// deletePlugin logs a message for each item of a deleted backup.
type deletePlugin struct {
	log logrus.FieldLogger
}

func (p *deletePlugin) AppliesTo() (velero.ResourceSelector, error) {
	return velero.ResourceSelector{}, nil
}

func (p *deletePlugin) Execute(*velero.DeleteItemActionExecuteInput) error {
	p.log.Info("Hello from my DeletePlugin!")
	return nil
}
