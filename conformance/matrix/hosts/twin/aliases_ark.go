//go:build ark

package main

import (
	"github.com/heptio/ark/pkg/apis/ark/v1"
	"github.com/heptio/ark/pkg/backup"
	"github.com/heptio/ark/pkg/restore"
)

// The types of this generation.
type (
	backupObject       = v1.Backup
	restoreObject      = v1.Restore
	resourceIdentifier = backup.ResourceIdentifier
	resourceSelector   = backup.ResourceSelector
	restoreSelector    = restore.ResourceSelector
)
