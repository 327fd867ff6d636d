package main

import (
	"fmt"
	"reflect"
	"sort"
	"strings"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// A line is a field of a Backup or Restore that the probe returns. Generations differ in their fields; absent is the text for a missing
// or unset field.
type line struct{ name, path, absent string }

var metadataLines = []line{
	{"name", "ObjectMeta.Name", ""},
	{"namespace", "ObjectMeta.Namespace", ""},
	{"uid", "ObjectMeta.UID", ""},
	{"labels", "ObjectMeta.Labels", ""},
	{"annotations", "ObjectMeta.Annotations", ""},
	{"creationTimestamp", "ObjectMeta.CreationTimestamp", "unset"},
}

var backupLines = []line{
	{"includedNamespaces", "Spec.IncludedNamespaces", ""},
	{"excludedNamespaces", "Spec.ExcludedNamespaces", ""},
	{"includedResources", "Spec.IncludedResources", ""},
	{"excludedResources", "Spec.ExcludedResources", ""},
	{"includedClusterScopedResources", "Spec.IncludedClusterScopedResources", ""},
	{"labelSelector", "Spec.LabelSelector", ""},
	{"orLabelSelectors", "Spec.OrLabelSelectors", ""},
	{"snapshotVolumes", "Spec.SnapshotVolumes", "unset"},
	{"ttl", "Spec.TTL", "0s"},
	{"includeClusterResources", "Spec.IncludeClusterResources", "unset"},
	{"storageLocation", "Spec.StorageLocation", ""},
	{"volumeSnapshotLocations", "Spec.VolumeSnapshotLocations", ""},
	{"defaultVolumesToFsBackup", "Spec.DefaultVolumesToFsBackup", "unset"},
	{"orderedResources", "Spec.OrderedResources", ""},
	{"csiSnapshotTimeout", "Spec.CSISnapshotTimeout", "0s"},
	{"itemOperationTimeout", "Spec.ItemOperationTimeout", "0s"},
	{"snapshotMoveData", "Spec.SnapshotMoveData", "unset"},
	{"hook", "Spec.Hooks.Resources", ""},
	{"version", "Status.Version", "0"},
	{"formatVersion", "Status.FormatVersion", ""},
	{"expiration", "Status.Expiration", "unset"},
	{"phase", "Status.Phase", ""},
	{"validationErrors", "Status.ValidationErrors", ""},
	{"startTimestamp", "Status.StartTimestamp", "unset"},
	{"completionTimestamp", "Status.CompletionTimestamp", "unset"},
	{"warnings", "Status.Warnings", "0"},
	{"errors", "Status.Errors", "0"},
	{"failureReason", "Status.FailureReason", ""},
	{"progress", "Status.Progress", ""},
}

var restoreLines = []line{
	{"backupName", "Spec.BackupName", ""},
	{"scheduleName", "Spec.ScheduleName", ""},
	{"includedNamespaces", "Spec.IncludedNamespaces", ""},
	{"excludedResources", "Spec.ExcludedResources", ""},
	{"namespaceMapping", "Spec.NamespaceMapping", ""},
	{"labelSelector", "Spec.LabelSelector", ""},
	{"restorePVs", "Spec.RestorePVs", "unset"},
	{"preserveNodePorts", "Spec.PreserveNodePorts", "unset"},
	{"existingResourcePolicy", "Spec.ExistingResourcePolicy", ""},
	{"itemOperationTimeout", "Spec.ItemOperationTimeout", "0s"},
	{"phase", "Status.Phase", ""},
	{"startTimestamp", "Status.StartTimestamp", "unset"},
	{"warnings", "Status.Warnings", "0"},
	{"progress", "Status.Progress", ""},
}

func echoBackup(backup *backupObject) string { return echo(backup, backupLines) }

func echoRestore(restore *restoreObject) string { return echo(restore, restoreLines) }

func echo(object any, lines []line) string {
	var texts []string
	for _, line := range append(metadataLines[:len(metadataLines):len(metadataLines)], lines...) {
		field := fieldAt(reflect.ValueOf(object).Elem(), line.path)
		switch line.name {
		case "hook":
			texts = append(texts, hooks(field)...)
		case "progress":
			texts = append(texts, progressLine(field)...)
		default:
			text := line.absent
			if field.IsValid() {
				text = textOf(field.Interface())
			}
			if line.name == "phase" && text == "" {
				// Velero's controllers treat an empty phase as New.
				text = "New"
			}
			texts = append(texts, line.name+"="+text)
		}
	}
	return strings.Join(texts, "\n")
}

// fieldAt returns the field at a path, or the zero Value if it does not exist.
func fieldAt(value reflect.Value, path string) reflect.Value {
	for _, name := range strings.Split(path, ".") {
		if value = value.FieldByName(name); !value.IsValid() {
			return value
		}
	}
	return value
}

func textOf(value any) string {
	switch value := value.(type) {
	case []string:
		return strings.Join(value, ",")
	case map[string]string:
		return pairs(value)
	case *bool:
		if value == nil {
			return "unset"
		}
		return fmt.Sprint(*value)
	case metav1.Duration:
		return value.Duration.String()
	case metav1.Time:
		return moment(&value)
	case *metav1.Time:
		return moment(value)
	case *metav1.LabelSelector:
		return selectors(value)
	case []*metav1.LabelSelector:
		return selectors(value...)
	default:
		return fmt.Sprint(value)
	}
}

func pairs(values map[string]string) string {
	var pairs []string
	for name, value := range values {
		pairs = append(pairs, name+":"+value)
	}
	sort.Strings(pairs)
	return strings.Join(pairs, ",")
}

func moment(value *metav1.Time) string {
	if value == nil || value.IsZero() {
		return "unset"
	}
	return value.UTC().Format(time.RFC3339)
}

// selectors formats the match labels and the number of expressions of selectors.
func selectors(values ...*metav1.LabelSelector) string {
	var texts []string
	for _, value := range values {
		if value != nil {
			texts = append(texts, fmt.Sprintf("{%s}+%d", pairs(value.MatchLabels), len(value.MatchExpressions)))
		}
	}
	return strings.Join(texts, ",")
}

// hooks returns a line for each hook, and for each command before a backup. PreHooks exist since Ark 0.7.
func hooks(resources reflect.Value) []string {
	var texts []string
	for i := 0; resources.IsValid() && i < resources.Len(); i++ {
		hook := resources.Index(i)
		texts = append(texts, "hook="+hook.FieldByName("Name").String())
		pre := hook.FieldByName("PreHooks")
		for j := 0; j < pre.Len(); j++ {
			exec := pre.Index(j).FieldByName("Exec").Elem()
			command := exec.FieldByName("Command").Interface().([]string)
			timeout := exec.FieldByName("Timeout").Interface().(metav1.Duration)
			texts = append(texts, fmt.Sprintf("pre=%s %s %s %s",
				exec.FieldByName("Container"), strings.Join(command, ","), exec.FieldByName("OnError"), timeout.Duration))
		}
	}
	return texts
}

// progressLine returns done/total in the status of a backup or restore, if the field exists.
func progressLine(progress reflect.Value) []string {
	if !progress.IsValid() || progress.IsNil() {
		return nil
	}
	done := progress.Elem().FieldByName("ItemsBackedUp")
	if !done.IsValid() {
		done = progress.Elem().FieldByName("ItemsRestored")
	}
	return []string{fmt.Sprintf("progress=%d/%d", done.Int(), progress.Elem().FieldByName("TotalItems").Int())}
}
