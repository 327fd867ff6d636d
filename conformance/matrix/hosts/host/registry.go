//go:build !ark09

package main

import (
	"encoding/json"
	"fmt"
	"reflect"
)

// registered is a host with a registry, and a manager with a Get method for each kind: all hosts except Ark before 0.10.
type registered struct {
	manager any
	names   func(kind string) any
	cleanup func()
}

func (r registered) close() { r.cleanup() }

// kinds lists the kinds of all versions.
var kinds = []string{
	"ObjectStore", "BlockStore", "VolumeSnapshotter", "BackupItemAction", "BackupItemActionV2", "RestoreItemAction", "RestoreItemActionV2",
	"DeleteItemAction", "ItemSnapshotter", "ItemBlockAction",
}

func (r registered) list() map[string][]listed {
	all := map[string][]listed{}
	for _, kind := range kinds {
		var entries []listed
		encoded, err := json.Marshal(r.names(kind))
		if err == nil {
			err = json.Unmarshal(encoded, &entries)
		}
		if err != nil {
			entries = []listed{{Name: err.Error()}}
		}
		if len(entries) > 0 {
			all[kind] = entries
		}
	}
	return all
}

func (r registered) get(kind, name string) (any, error) {
	method := reflect.ValueOf(r.manager).MethodByName("Get" + kind)
	if !method.IsValid() {
		return nil, fmt.Errorf("this host has no Get%s", kind)
	}
	out := method.Call([]reflect.Value{reflect.ValueOf(name)})
	if err, ok := out[1].Interface().(error); ok {
		return nil, err
	}
	return out[0].Interface(), nil
}
