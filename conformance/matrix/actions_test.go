package matrix

import (
	"iter"
	"maps"
)

var actionScenarios = []scenario{
	{name: "backup item action", play: backupItemAction},
	{name: "backup item action that does nothing", setup: only("nothing"), play: idleBackupItemAction},
	{name: "restore item action", play: restoreItemAction},
	{name: "restore item action on Ark, with unsupported results", on: host.isArk, alone: true, play: beyondArk},
	{name: "delete item action", on: hasKind("DeleteItemAction"), play: deleteItemAction},
	{name: "item block action", on: hasKind("ItemBlockAction"), play: itemBlockAction},
}

// onItems are commands for every action that returns an item.
var onItems = map[string]string{
	"unchanged":        "",
	"echo":             "echo-item",
	"set":              `set:/spec/nodeName=node-2`,
	"set a number":     `set:/spec/replicas=3`,
	"set deep":         `set:/status/a/b/c=true`,
	"remove":           "remove:/spec/nodeName",
	"label":            "label:app=web",
	"several":          "label:app=web,remove:/spec/list,echo-item",
	"unknown command":  "no-such-command",
	"error after work": "label:app=web,error:it broke",
}

// onItems returns these commands and the failing ones.
func (s *session) onItems() iter.Seq2[string, string] {
	all := maps.Clone(onItems)
	maps.Insert(all, s.host.failing())
	return inOrder(all)
}

func backupItemAction(s *session) {
	s.discover()
	action := s.plugin("BackupItemAction", "backup-item-action")
	action.call("everything set", "AppliesTo")
	for title, do := range s.onItems() {
		action.call(title, "Execute", pod(do), s.host.backup())
	}
	action.call("additional items", "Execute", pod("additional"), s.host.backup())
	action.call("additional items of a changed item", "Execute", pod("additional,label:a=b"), s.host.backup())
	action.call("skip", "Execute", pod("skip"), s.host.backup())
	action.call("must include", "Execute", pod("additional,must-include"), s.host.backup())
	action.call("the backup", "Execute", pod("echo-backup"), s.host.backup())
	action.call("an empty backup", "Execute", pod("echo-backup"), s.host.emptyBackup())
	action.call("an item without metadata", "Execute", object{"kind": "Pod"}, s.host.backup())
	action.call("an item without apiVersion", "Execute", object{"kind": "Pod", "metadata": object{"name": "x"}}, s.host.backup())
}

// idleBackupItemAction has an empty selector: hosts before 1.2 crash on an AppliesTo response without a selector.
func idleBackupItemAction(s *session) {
	s.discover()
	action := s.plugin("BackupItemAction", "nothing")
	action.call("nothing set", "AppliesTo")
	action.call("idle", "Execute", pod(""), s.host.backup())
}

// restoring returns the arguments of Execute: two for Ark, one for Velero.
func (s *session) restoring(item object, restore object) []any {
	if s.host.isArk() {
		return []any{item, restore}
	}
	return []any{object{"Item": item, "ItemFromBackup": pod("of the backup"), "Restore": restore}}
}

func restoreItemAction(s *session) {
	s.discover()
	action := s.plugin("RestoreItemAction", "restore-item-action")
	action.call("everything set", "AppliesTo")
	for title, do := range s.onItems() {
		action.call(title, "Execute", s.restoring(pod(do), s.host.restore())...)
	}
	action.call("warning", "Execute", s.restoring(pod("label:a=b,warning:look here"), s.host.restore())...)
	action.call("the restore", "Execute", s.restoring(pod("echo-restore"), s.host.restore())...)
	action.call("an empty restore", "Execute", s.restoring(pod("echo-restore"), s.host.emptyRestore())...)
	if s.host.isArk() {
		return
	}
	action.call("additional items", "Execute", s.restoring(pod("additional"), s.host.restore())...)
	action.call("skip", "Execute", s.restoring(pod("skip"), s.host.restore())...)
	action.call("the item of the backup", "Execute", s.restoring(pod("item-from-backup"), s.host.restore())...)
}

// beyondArk tests results that exist since Velero 1.0. On Ark, they cause a warning of the restore, and the item is restored unchanged.
func beyondArk(s *session) {
	s.discover()
	action := s.plugin("RestoreItemAction", "restore-item-action")
	asked := func(do string) answer { return action.ask("Execute", s.restoring(pod(do), s.host.restore())...) }
	s.expect("RestoreItemAction/Execute/Ark: skip", asked("label:a=b,skip"),
		`{"value":\[{.*"annotations":{[^}]*},"name":.*},"Ark cannot skip an item: it is restored unchanged"\]}`)
	s.expect("RestoreItemAction/Execute/Ark: additional items", asked("label:a=b,additional"),
		`{"value":\[{.*"labels":{"a":"b"}.*},"Ark cannot restore additional items: secrets probe/one, .*"\]}`)
}

func deleteItemAction(s *session) {
	s.discover()
	action := s.plugin("DeleteItemAction", "delete-item-action")
	deleting := func(do string) object { return object{"Item": pod(do), "Backup": s.host.backup()} }
	action.call("everything set", "AppliesTo")
	action.call("unchanged", "Execute", deleting(""))
	action.call("unknown command", "Execute", deleting("no-such-command"))
	for title, do := range s.host.failing() {
		action.call(title, "Execute", deleting(do))
	}
	s.reopen()
	action.must("Execute", deleting("echo-item,echo-backup,log:the last record"))
	s.noteRecords("DeleteItemAction/Execute/what it saw, in the log", "the last record")
}

func itemBlockAction(s *session) {
	s.discover()
	action := s.plugin("ItemBlockAction", "item-block-action")
	action.call("everything set", "AppliesTo")
	action.call("none", "GetRelatedItems", pod(""), s.host.backup())
	action.call("some", "GetRelatedItems", pod("additional"), s.host.backup())
	action.call("the backup", "GetRelatedItems", pod("echo-backup"), s.host.backup())
	action.call("unknown command", "GetRelatedItems", pod("no-such-command"), s.host.backup())
	for title, do := range s.host.failing() {
		action.call(title, "GetRelatedItems", pod(do), s.host.backup())
	}
}
