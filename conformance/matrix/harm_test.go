package matrix

// harmScenarios test behaviour that crashes or breaks a host.
var harmScenarios = []scenario{
	{name: "panic for Ark", on: host.isArk, play: func(s *session) {
		s.discover()
		action := s.plugin("BackupItemAction", "backup-item-action")
		action.call("panic", "Execute", pod("panic:it broke"), s.host.backup())
		s.again(func() answer { return action.ask("AppliesTo") }, func() {})
		action.call("after the panic", "Execute", pod("label:a=b"), s.host.backup())
	}},
	{name: "prints", play: func(s *session) {
		s.discover()
		action := s.plugin("BackupItemAction", "backup-item-action")
		do := "print:x,label:a=b"
		if s.side.name == "ours" && !selfCheck() {
			// Lines that crash a host. A Go plugin would forward them, so the twin does not print them.
			do = "print:hostile,label:a=b"
		}
		action.must("Execute", pod(do), s.host.backup())
		s.note("Harm/prints/answers after that", action.ask("AppliesTo"))
	}},
	{name: "flags of the server", on: func(h host) bool { return h.from("velero-1.2.0") }, setup: func(host) setup {
		return setup{args: []string{"server", "--log-level", "info", "--features", "EnableCSI,Other", "--dir", "/x", "--default-backup-ttl=720h", "--restore-only"}}
	}, play: func(s *session) {
		s.discovered = true
		s.note("Harm/flags of the server/discovery", s.ask(request{Call: "discover"}))
		s.note("Harm/flags of the server/answers", s.plugin("BackupItemAction", "backup-item-action").ask("AppliesTo"))
	}},
	{name: "log fields that the host reserves", play: func(s *session) {
		s.discover()
		action := s.plugin("BackupItemAction", "backup-item-action")
		action.must("Execute", pod("log-hostile,log:the last record"), s.host.backup())
		s.noteRecords("Harm/log fields", "the last record")
		s.note("Harm/log fields/answers after that", action.ask("AppliesTo"))
	}},
}
