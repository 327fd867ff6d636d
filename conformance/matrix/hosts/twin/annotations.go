//go:build velero1

package main

// The annotations of Velero 1.18 and 1.14. Older releases store them without effect.
const (
	skipAnnotation        = "velero.io/skip-from-backup"
	mustIncludeAnnotation = "backup.velero.io/must-include-additional-items"
)
