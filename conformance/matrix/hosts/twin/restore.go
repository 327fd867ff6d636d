//go:build velero1

package main

import "k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

// restore runs the commands that both versions support. special may be nil.
func (s script) restore(input *restoreInput, special func(output *restoreOutput, verb, argument string) (bool, error)) (*restoreOutput, error) {
	edit := editOf(input.Item)
	output := &restoreOutput{}
	do, err := commands(input.Item)
	if err != nil {
		return nil, err
	}
	err = s.each(do, func(verb, argument string) error {
		if known, err := edit.command(verb, argument); known {
			return err
		}
		if known, err := special(output, verb, argument); known {
			return err
		}
		switch verb {
		case "echo-restore":
			edit.annotate("restore", echoRestore(input.Restore))
		case "item-from-backup":
			edit.annotate("item-from-backup", describe(&unstructured.Unstructured{Object: input.ItemFromBackup.UnstructuredContent()}))
		case "additional":
			var err error
			output.AdditionalItems, err = additional(argument)
			return err
		case "skip":
			output.SkipRestore = true
		case "warning":
			// Velero counts warnings in the log. Ark returns them.
			s.log.Warn(argument)
		default:
			return unknownCommand(verb)
		}
		return nil
	})
	output.UpdatedItem = edit.updated
	return output, err
}

type restoreAction struct{ script }

func (a *restoreAction) AppliesTo() (restoreSelector, error) {
	return selector("restore"), nil
}

func (a *restoreAction) Execute(input *restoreInput) (*restoreOutput, error) {
	return a.restore(input, func(*restoreOutput, string, string) (bool, error) { return false, nil })
}
