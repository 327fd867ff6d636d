//go:build velero1 && !heptio

package main

import (
	"github.com/vmware-tanzu/velero/pkg/apis/velero/v1"
	"github.com/vmware-tanzu/velero/pkg/plugin/velero"
)

// The types of this generation.
type (
	backupObject       = v1.Backup
	restoreObject      = v1.Restore
	resourceIdentifier = velero.ResourceIdentifier
	resourceSelector   = velero.ResourceSelector
	restoreSelector    = velero.ResourceSelector
	restoreInput       = velero.RestoreItemActionExecuteInput
	restoreOutput      = velero.RestoreItemActionExecuteOutput
)
