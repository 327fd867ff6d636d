package matrix

var actionV2Scenarios = []scenario{
	{name: "backup item action V2", on: hasKind("BackupItemActionV2"), play: backupItemActionV2},
	{name: "restore item action V2", on: hasKind("RestoreItemActionV2"), play: restoreItemActionV2},
	{name: "V1 actions under V2", on: hasKind("BackupItemActionV2"), play: actionsUnderV2},
}

// operations are IDs with different responses of the probe.
var operations = []string{"running", "done", "failed", "timeless", "", "unknown", "error:it broke", "panic:it broke"}

func (s *session) operations(action plugin, owner object) {
	for _, id := range operations {
		action.call("operation "+id, "Progress", id, owner)
		action.call("operation "+id, "Cancel", id, owner)
	}
}

func backupItemActionV2(s *session) {
	s.discover()
	action := s.plugin("BackupItemActionV2", "backup-item-action-v2")
	action.call("everything set", "AppliesTo")
	for title, do := range s.onItems() {
		action.call(title, "Execute", pod(do), s.host.backup())
	}
	action.call("additional items", "Execute", pod("additional"), s.host.backup())
	action.call("operation", "Execute", pod("operation:running,post-operation"), s.host.backup())
	action.call("skip", "Execute", pod("skip"), s.host.backup())
	action.call("must include", "Execute", pod("additional,must-include"), s.host.backup())
	action.call("the backup", "Execute", pod("echo-backup"), s.host.backup())
	s.operations(action, s.host.backup())

	idle := s.plugin("BackupItemActionV2", "backup-without-operations")
	idle.call("nothing set", "AppliesTo")
	idle.call("idle", "Execute", pod(""), s.host.backup())
	idle.call("without operations", "Progress", "running", s.host.backup())
	idle.call("without operations", "Cancel", "running", s.host.backup())
}

func restoreItemActionV2(s *session) {
	s.discover()
	action := s.plugin("RestoreItemActionV2", "restore-item-action-v2")
	action.call("everything set", "AppliesTo")
	for title, do := range s.onItems() {
		action.call(title, "Execute", s.restoring(pod(do), s.host.restore())...)
	}
	for title, do := range inOrder(map[string]string{
		"additional items": "additional", "skip": "skip", "operation": "operation:running", "wait": "additional,wait",
		"wait with timeout": "additional,wait,ready-timeout:1m30s", "the restore": "echo-restore", "the item of the backup": "item-from-backup",
	}) {
		action.call(title, "Execute", s.restoring(pod(do), s.host.restore())...)
	}
	s.operations(action, s.host.restore())
	ready := "/secrets/shop/one,apps/deployments/shop/two"
	action.call("yes", "AreAdditionalItemsReady", identifiers, annotated(s.host.restore(), "ready", ready))
	action.call("no", "AreAdditionalItemsReady", identifiers[:1], annotated(s.host.restore(), "ready", ready))
	action.call("none", "AreAdditionalItemsReady", nil, annotated(s.host.restore(), "ready", ""))
	for title, do := range s.host.failing() {
		action.call(title, "AreAdditionalItemsReady", identifiers, annotated(s.host.restore(), "do", do))
	}

	idle := s.plugin("RestoreItemActionV2", "restore-without-operations")
	idle.call("nothing set", "AppliesTo")
	idle.call("idle", "Execute", s.restoring(pod(""), s.host.restore())...)
	idle.call("without operations", "Progress", "running", s.host.restore())
	idle.call("without operations", "Cancel", "running", s.host.restore())
	idle.call("without operations", "AreAdditionalItemsReady", identifiers, s.host.restore())
}

// actionsUnderV2 tests V1 actions through the V2 interface: these hosts also list V1 actions as V2, and use only this list.
func actionsUnderV2(s *session) {
	s.discover()
	backup := s.plugin("BackupItemActionV2", "backup-item-action")
	backup.call("V1: everything set", "AppliesTo")
	backup.call("V1: changed", "Execute", pod("label:a=b,additional"), s.host.backup())
	backup.call("V1: error", "Execute", pod("error:it broke"), s.host.backup())
	backup.call("V1: without operations", "Progress", "running", s.host.backup())
	backup.call("V1: without operations", "Cancel", "running", s.host.backup())
	restore := s.plugin("RestoreItemActionV2", "restore-item-action")
	restore.call("V1: everything set", "AppliesTo")
	restore.call("V1: changed", "Execute", s.restoring(pod("label:a=b,additional"), s.host.restore())...)
	restore.call("V1: error", "Execute", s.restoring(pod("error:it broke"), s.host.restore())...)
	restore.call("V1: without operations", "Progress", "running", s.host.restore())
	restore.call("V1: without operations", "AreAdditionalItemsReady", identifiers, s.host.restore())
}
