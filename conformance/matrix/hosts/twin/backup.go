package main

import (
	"os"

	"github.com/pkg/errors"
	"github.com/sirupsen/logrus"
	"k8s.io/apimachinery/pkg/runtime"
)

// backupOutput is the result of backup actions of both versions.
type backupOutput struct {
	*edit
	additional, postOperation []resourceIdentifier
	operation                 string
}

func (s script) backup(item runtime.Unstructured, backup *backupObject) (*backupOutput, error) {
	output := &backupOutput{edit: editOf(item)}
	do, err := commands(item)
	if err != nil {
		return nil, err
	}
	return output, s.each(do, func(verb, argument string) error {
		if known, err := output.command(verb, argument); known {
			return err
		}
		switch verb {
		case "echo-backup":
			output.annotate("backup", echoBackup(backup))
		case "additional":
			var err error
			output.additional, err = additional(argument)
			return err
		case "post-operation":
			output.postOperation = someItems()[:1]
		case "operation":
			output.operation = argument
		case "skip":
			output.mark(skipAnnotation)
		case "must-include":
			output.mark(mustIncludeAnnotation)
		default:
			return unknownCommand(verb)
		}
		return nil
	})
}

// mark sets one of Velero's annotations to "true". It does nothing for Ark.
func (o *backupOutput) mark(annotation string) {
	if annotation == "" {
		return
	}
	annotations := o.item.GetAnnotations()
	if annotations == nil {
		annotations = map[string]string{}
	}
	annotations[annotation] = "true"
	o.item.SetAnnotations(annotations)
	o.updated = o.item
}

type backupAction struct{ script }

func (a *backupAction) AppliesTo() (resourceSelector, error) {
	return selector("backup"), nil
}

func (a *backupAction) Execute(item runtime.Unstructured, backup *backupObject) (runtime.Unstructured, []resourceIdentifier, error) {
	output, err := a.backup(item, backup)
	if err != nil {
		return nil, nil, err
	}
	return output.updated, output.additional, nil
}

// nothing returns the item unchanged.
type nothing struct{}

func (nothing) AppliesTo() (resourceSelector, error) {
	return resourceSelector{}, nil
}

func (nothing) Execute(runtime.Unstructured, *backupObject) (runtime.Unstructured, []resourceIdentifier, error) {
	return nil, nil, nil
}

// newHeldBack fails while the file in PROBE_HOLD exists.
func newHeldBack(logrus.FieldLogger) (interface{}, error) {
	if path := os.Getenv("PROBE_HOLD"); path != "" {
		if _, err := os.Stat(path); err == nil {
			return nil, errors.New("blocked by " + path)
		}
	}
	return nothing{}, nil
}

// selector returns a selector with all five fields, which contain the kind's name.
func selector(kind string) resourceSelector {
	return resourceSelector{
		IncludedNamespaces: []string{kind, "probe"},
		ExcludedNamespaces: []string{"kube-system"},
		IncludedResources:  []string{"pods", "deployments.apps"},
		ExcludedResources:  []string{"events", "secrets"},
		LabelSelector:      "probe in (" + kind + "),!hidden",
	}
}
