//go:build v2

package main

import (
	"time"

	"github.com/pkg/errors"

	"github.com/vmware-tanzu/velero/pkg/plugin/velero"
	biav2 "github.com/vmware-tanzu/velero/pkg/plugin/velero/backupitemaction/v2"
)

// progress returns the progress of a known operation. owner is the name of the backup or restore.
func (s script) progress(operation, owner string) (velero.OperationProgress, error) {
	if err := s.text(operation); err != nil {
		return velero.OperationProgress{}, err
	}
	progress := velero.OperationProgress{
		NCompleted:     3,
		NTotal:         9,
		OperationUnits: "pieces",
		Description:    "for " + owner,
		Started:        time.Date(2024, 1, 2, 3, 4, 5, 678_000_000, time.UTC),
		Updated:        time.Date(2024, 1, 2, 3, 4, 6, 0, time.UTC),
	}
	switch operation {
	case "running":
	case "done":
		progress.Completed = true
		progress.NCompleted = 9
	case "failed":
		progress.Completed = true
		progress.Err = "it broke"
	case "timeless":
		progress.Started, progress.Updated = time.Time{}, time.Time{}
	default:
		return velero.OperationProgress{}, biav2.InvalidOperationIDError(operation)
	}
	return progress, nil
}

func (s script) cancel(operation, owner string) error {
	if err := s.text(operation); err != nil {
		return err
	}
	switch operation {
	case "running", "timeless":
		return nil
	case "done", "failed":
		return errors.Errorf("%s of %s has ended", operation, owner)
	default:
		return biav2.InvalidOperationIDError(operation)
	}
}
