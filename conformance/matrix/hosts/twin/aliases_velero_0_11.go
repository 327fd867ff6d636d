//go:build velero011

package main

import (
	"github.com/heptio/velero/pkg/apis/velero/v1"
	"github.com/heptio/velero/pkg/backup"
	"github.com/heptio/velero/pkg/restore"
)

// The types of this generation.
type (
	backupObject       = v1.Backup
	restoreObject      = v1.Restore
	resourceIdentifier = backup.ResourceIdentifier
	resourceSelector   = backup.ResourceSelector
	restoreSelector    = restore.ResourceSelector
)
