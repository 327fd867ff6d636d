//go:build !velero1

package main

import (
	"k8s.io/apimachinery/pkg/runtime"

	"github.com/pkg/errors"
)

// restoreAction returns an item and a warning. Additional items and skipping exist since Velero 1.0.
type restoreAction struct{ script }

func (a *restoreAction) AppliesTo() (restoreSelector, error) {
	return restoreSelector(selector("restore")), nil
}

func (a *restoreAction) Execute(item runtime.Unstructured, restore *restoreObject) (runtime.Unstructured, error, error) {
	edit := editOf(item)
	do, err := commands(item)
	if err != nil {
		return nil, nil, err
	}
	var warning error
	err = a.each(do, func(verb, argument string) error {
		if known, err := edit.command(verb, argument); known {
			return err
		}
		switch verb {
		case "echo-restore":
			edit.annotate("restore", echoRestore(restore))
		case "warning":
			warning = errors.New(argument)
		default:
			return unknownCommand(verb)
		}
		return nil
	})
	// Ark restores the returned item, so return it even if it is unchanged.
	return edit.item, warning, err
}
