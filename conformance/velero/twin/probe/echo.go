package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	v1 "github.com/vmware-tanzu/velero/pkg/apis/velero/v1"
)

// lines is "name=value" for each field of a typed object that the probe looks at.
type lines []string

func (l *lines) add(name string, value any) {
	*l = append(*l, fmt.Sprintf("%s=%v", name, value))
}

func (l lines) String() string { return strings.Join(l, "\n") }

func list(values []string) string { return strings.Join(values, ",") }

func pairs(values map[string]string) string {
	var pairs []string
	for _, name := range slices.Sorted(maps.Keys(values)) {
		pairs = append(pairs, name+":"+values[name])
	}
	return list(pairs)
}

func optional[T any](value *T) string {
	if value == nil {
		return "unset"
	}
	return fmt.Sprint(*value)
}

func moment(value *metav1.Time) string {
	if value == nil || value.IsZero() {
		return "unset"
	}
	return value.UTC().Format(time.RFC3339)
}

// phase takes none for New, as Velero's controllers do.
func phase(value string) string {
	if value == "" {
		return "New"
	}
	return value
}

// selectors is the match labels of a selector and how many expressions it has.
func selectors(values ...*metav1.LabelSelector) string {
	var texts []string
	for _, value := range values {
		if value != nil {
			texts = append(texts, fmt.Sprintf("{%s}+%d", pairs(value.MatchLabels), len(value.MatchExpressions)))
		}
	}
	return list(texts)
}

func echoMetadata(l *lines, meta metav1.ObjectMeta) {
	l.add("name", meta.Name)
	l.add("namespace", meta.Namespace)
	l.add("uid", meta.UID)
	l.add("labels", pairs(meta.Labels))
	l.add("annotations", pairs(meta.Annotations))
	l.add("creationTimestamp", moment(&meta.CreationTimestamp))
}

func echoBackup(backup *v1.Backup) string {
	var l lines
	spec, status := backup.Spec, backup.Status
	echoMetadata(&l, backup.ObjectMeta)
	l.add("includedNamespaces", list(spec.IncludedNamespaces))
	l.add("excludedNamespaces", list(spec.ExcludedNamespaces))
	l.add("includedResources", list(spec.IncludedResources))
	l.add("excludedResources", list(spec.ExcludedResources))
	l.add("includedClusterScopedResources", list(spec.IncludedClusterScopedResources))
	l.add("labelSelector", selectors(spec.LabelSelector))
	l.add("orLabelSelectors", selectors(spec.OrLabelSelectors...))
	l.add("snapshotVolumes", optional(spec.SnapshotVolumes))
	l.add("ttl", spec.TTL.Duration)
	l.add("includeClusterResources", optional(spec.IncludeClusterResources))
	l.add("storageLocation", spec.StorageLocation)
	l.add("volumeSnapshotLocations", list(spec.VolumeSnapshotLocations))
	l.add("defaultVolumesToFsBackup", optional(spec.DefaultVolumesToFsBackup))
	l.add("orderedResources", pairs(spec.OrderedResources))
	l.add("csiSnapshotTimeout", spec.CSISnapshotTimeout.Duration)
	l.add("itemOperationTimeout", spec.ItemOperationTimeout.Duration)
	l.add("snapshotMoveData", optional(spec.SnapshotMoveData))
	for _, hook := range spec.Hooks.Resources {
		l.add("hook", hook.Name)
		for _, pre := range hook.PreHooks {
			l.add("pre", pre.Exec.Container+" "+list(pre.Exec.Command)+" "+string(pre.Exec.OnError)+" "+pre.Exec.Timeout.Duration.String())
		}
	}
	l.add("version", status.Version)
	l.add("formatVersion", status.FormatVersion)
	l.add("expiration", moment(status.Expiration))
	l.add("phase", phase(string(status.Phase)))
	l.add("validationErrors", list(status.ValidationErrors))
	l.add("startTimestamp", moment(status.StartTimestamp))
	l.add("completionTimestamp", moment(status.CompletionTimestamp))
	l.add("warnings", status.Warnings)
	l.add("errors", status.Errors)
	l.add("failureReason", status.FailureReason)
	if status.Progress != nil {
		l.add("progress", fmt.Sprintf("%d/%d", status.Progress.ItemsBackedUp, status.Progress.TotalItems))
	}
	return l.String()
}

func echoRestore(restore *v1.Restore) string {
	var l lines
	spec, status := restore.Spec, restore.Status
	echoMetadata(&l, restore.ObjectMeta)
	l.add("backupName", spec.BackupName)
	l.add("scheduleName", spec.ScheduleName)
	l.add("includedNamespaces", list(spec.IncludedNamespaces))
	l.add("excludedResources", list(spec.ExcludedResources))
	l.add("namespaceMapping", pairs(spec.NamespaceMapping))
	l.add("labelSelector", selectors(spec.LabelSelector))
	l.add("restorePVs", optional(spec.RestorePVs))
	l.add("preserveNodePorts", optional(spec.PreserveNodePorts))
	l.add("existingResourcePolicy", spec.ExistingResourcePolicy)
	l.add("itemOperationTimeout", spec.ItemOperationTimeout.Duration)
	l.add("phase", phase(string(status.Phase)))
	l.add("startTimestamp", moment(status.StartTimestamp))
	l.add("warnings", status.Warnings)
	if status.Progress != nil {
		l.add("progress", fmt.Sprintf("%d/%d", status.Progress.ItemsRestored, status.Progress.TotalItems))
	}
	return l.String()
}
