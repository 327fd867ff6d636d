// Command e2e is the Go twin of e2e/plugin: plugins with behaviour selected by the annotation of a ConfigMap.
package main

import (
	"strings"
	"time"

	"github.com/cockroachdb/errors"
	"github.com/sirupsen/logrus"
	"github.com/spf13/pflag"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"

	v1 "github.com/vmware-tanzu/velero/pkg/apis/velero/v1"
	"github.com/vmware-tanzu/velero/pkg/plugin/framework"
	"github.com/vmware-tanzu/velero/pkg/plugin/velero"
)

func main() {
	framework.NewServer().
		BindFlags(pflag.CommandLine).
		RegisterBackupItemAction("e2e.plugwright.dev/backup", func(log logrus.FieldLogger) (any, error) {
			return backupAction{configMaps{log}}, nil
		}).
		RegisterRestoreItemAction("e2e.plugwright.dev/restore", func(log logrus.FieldLogger) (any, error) {
			return restoreAction{configMaps{log}}, nil
		}).
		RegisterBackupItemActionV2("e2e.plugwright.dev/backup-v2", func(log logrus.FieldLogger) (any, error) {
			return endlessBackup{configMaps{log}}, nil
		}).
		RegisterRestoreItemActionV2("e2e.plugwright.dev/restore-v2", func(log logrus.FieldLogger) (any, error) {
			return endlessRestore{configMaps{log}}, nil
		}).
		RegisterItemBlockAction("e2e.plugwright.dev/item-block", func(log logrus.FieldLogger) (any, error) {
			return itemBlockAction{configMaps{log}}, nil
		}).
		RegisterDeleteItemAction("e2e.plugwright.dev/delete", func(log logrus.FieldLogger) (any, error) {
			return deleteAction{configMaps{log}}, nil
		}).
		Serve()
}

// configMaps is the selector of all actions.
type configMaps struct {
	log logrus.FieldLogger
}

func (configMaps) AppliesTo() (velero.ResourceSelector, error) {
	return velero.ResourceSelector{IncludedResources: []string{"configmaps"}}, nil
}

func (configMaps) Name() string { return "" }

// wish returns the command in an item's annotation: "<verb>" or "<verb>:<name of another ConfigMap>".
func wish(item runtime.Unstructured) (metadata metav1.Object, verb, name string) {
	metadata, err := meta.Accessor(item)
	if err != nil {
		return &metav1.ObjectMeta{}, "", ""
	}
	verb, name, _ = strings.Cut(metadata.GetAnnotations()["e2e.plugwright.dev/do"], ":")
	return metadata, verb, name
}

// slow is the duration of the command with this name.
const slow = 25 * time.Millisecond

func annotate(metadata metav1.Object, name string) {
	annotations := metadata.GetAnnotations()
	annotations[name] = "1"
	metadata.SetAnnotations(annotations)
}

// neighbour returns a ConfigMap in the item's namespace.
func neighbour(metadata metav1.Object, name string) velero.ResourceIdentifier {
	resource := schema.GroupResource{Resource: "configmaps"}
	return velero.ResourceIdentifier{GroupResource: resource, Namespace: metadata.GetNamespace(), Name: name}
}

type backupAction struct{ configMaps }

func (a backupAction) Execute(item runtime.Unstructured, _ *v1.Backup) (runtime.Unstructured, []velero.ResourceIdentifier, error) {
	metadata, verb, name := wish(item)
	switch verb {
	case "backup-panic":
		panic("panic requested")
	case "backup-error":
		return nil, nil, errors.New("error requested")
	case "backup-additional":
		return item, []velero.ResourceIdentifier{neighbour(metadata, name)}, nil
	case "backup-wait":
		a.log.Info("waiting")
		time.Sleep(time.Minute) // the test kills this process during the wait
		return nil, nil, errors.New("expected to be killed")
	case "slow":
		time.Sleep(slow)
		annotate(metadata, "e2e.plugwright.dev/backed-up")
	case "backup-log":
		a.log.Debug("a debug record")
		a.log.WithField("answer", 42).Info("an info record")
		a.log.Warn("a warn record")
		a.log.Error("an error record")
	}
	return item, nil, nil
}

type restoreAction struct{ configMaps }

func (restoreAction) Execute(input *velero.RestoreItemActionExecuteInput) (*velero.RestoreItemActionExecuteOutput, error) {
	metadata, verb, name := wish(input.Item)
	output := velero.NewRestoreItemActionExecuteOutput(input.Item)
	switch verb {
	case "restore-panic":
		panic("panic requested")
	case "restore-skip":
		return output.WithoutRestore(), nil
	case "restore-additional":
		output.AdditionalItems = []velero.ResourceIdentifier{neighbour(metadata, name)}
	case "slow":
		time.Sleep(slow)
		annotate(metadata, "e2e.plugwright.dev/restored")
	}
	return output, nil
}

type itemBlockAction struct{ configMaps }

func (itemBlockAction) GetRelatedItems(item runtime.Unstructured, _ *v1.Backup) ([]velero.ResourceIdentifier, error) {
	metadata, verb, name := wish(item)
	if verb != "block-with" {
		return nil, nil
	}
	return []velero.ResourceIdentifier{neighbour(metadata, name)}, nil
}

type deleteAction struct{ configMaps }

func (a deleteAction) Execute(input *velero.DeleteItemActionExecuteInput) error {
	metadata, err := meta.Accessor(input.Item)
	if err != nil {
		return err
	}
	a.log.Infof("deleted with its backup: %s", metadata.GetName())
	return nil
}
