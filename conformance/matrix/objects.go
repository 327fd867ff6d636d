package matrix

// object is a JSON object.
type object = map[string]any

// pod returns an item with commands for the probe.
func pod(do string) object {
	return object{
		"apiVersion": "v1", "kind": "Pod",
		"metadata": object{
			"name": "web-0", "namespace": "shop", "uid": "4e0b",
			"annotations": object{"probe.plugwright.dev/do": do},
		},
		"spec": object{"nodeName": "node-1", "big": 9007199254740993, "fraction": 0.5, "list": []any{nil, true, "<&>ü"}},
	}
}

func volume(do string) object {
	annotations := object{"probe.plugwright.dev/volume-id": "vol-1"}
	if do != "" {
		annotations = object{"probe.plugwright.dev/do": do}
	}
	return object{
		"apiVersion": "v1", "kind": "PersistentVolume",
		"metadata": object{"name": "pv-1", "annotations": annotations},
	}
}

// identifiers are additional items in the form of the host's type.
var identifiers = []object{
	{"Group": "", "Resource": "secrets", "Namespace": "shop", "Name": "one"},
	{"Group": "apps", "Resource": "deployments", "Namespace": "shop", "Name": "two"},
}

// backup returns a Backup with the fields that the probe returns, in the newest form. The host's type drops unknown fields.
func (h host) backup() object {
	return object{
		"apiVersion": h.api, "kind": "Backup",
		"metadata": object{
			"name": "nightly", "namespace": "velero", "uid": "b-1", "labels": object{"a": "b"}, "annotations": object{"c": "d"},
			"creationTimestamp": "2024-01-02T03:04:05Z",
		},
		"spec": object{
			"includedNamespaces": []string{"shop", "bank"}, "excludedNamespaces": []string{"kube-system"},
			"includedResources": []string{"pods"}, "excludedResources": []string{"events"},
			"includedClusterScopedResources": []string{"storageclasses"},
			"labelSelector":                  object{"matchLabels": object{"tier": "front"}, "matchExpressions": []any{object{"key": "k", "operator": "Exists"}}},
			"snapshotVolumes":                true, "ttl": "720h30m0s", "includeClusterResources": false,
			"storageLocation": "default", "volumeSnapshotLocations": []string{"eu", "us"},
			"defaultVolumesToFsBackup": true, "orderedResources": object{"pods": "shop/web-0"},
			"csiSnapshotTimeout": "10m0s", "itemOperationTimeout": "4h0m0s", "snapshotMoveData": true,
			"hooks": object{"resources": []any{object{
				"name": "freeze",
				"pre": []any{object{"exec": object{
					"container": "db", "command": []string{"sync", "-f"}, "onError": "Fail", "timeout": "30s",
				}}},
			}}},
		},
		"status": object{
			"version": 1, "formatVersion": "1.1.0", "expiration": "2024-02-01T03:04:05Z", "phase": "InProgress",
			"validationErrors": []string{"one", "two"}, "startTimestamp": "2024-01-02T03:04:06Z",
			"completionTimestamp": "2024-01-02T03:05:06Z", "warnings": 2, "errors": 3,
			"progress": object{"totalItems": 9, "itemsBackedUp": 4},
		},
	}
}

// emptyBackup returns a Backup with only a name. The host's type adds defaults.
func (h host) emptyBackup() object {
	return object{"apiVersion": h.api, "kind": "Backup", "metadata": object{"name": "bare"}}
}

func (h host) restore() object {
	return object{
		"apiVersion": h.api, "kind": "Restore",
		"metadata": object{"name": "monday", "namespace": "velero", "labels": object{"a": "b"}, "creationTimestamp": "2024-01-02T03:04:05Z"},
		"spec": object{
			"backupName": "nightly", "scheduleName": "daily", "includedNamespaces": []string{"shop"},
			"excludedResources": []string{"events", "nodes"}, "namespaceMapping": object{"shop": "shop-2"},
			"labelSelector": object{"matchLabels": object{"tier": "front"}}, "restorePVs": true, "preserveNodePorts": false,
			"existingResourcePolicy": "update", "itemOperationTimeout": "4h0m0s",
		},
		"status": object{
			"phase": "InProgress", "startTimestamp": "2024-01-02T03:04:06Z", "warnings": 2,
			"progress": object{"totalItems": 9, "itemsRestored": 4},
		},
	}
}

func (h host) emptyRestore() object {
	return object{"apiVersion": h.api, "kind": "Restore", "metadata": object{"name": "bare"}}
}

// annotated returns the restore with one of the probe's annotations.
func annotated(restore object, name, value string) object {
	metadata := restore["metadata"].(object)
	metadata["annotations"] = object{"probe.plugwright.dev/" + name: value}
	return restore
}
