package matrix

import (
	"os"
	"syscall"
	"time"
)

var lifecycleScenarios = []scenario{
	{name: "close", play: func(s *session) {
		s.discover()
		s.plugin("ObjectStore", "object-store").must("Init", object{"bucket": "b"})
		s.note("Process/close/is there before", len(s.process.children(s.plugins)) > 0)
		s.note("Process/close/has a socket", len(s.sockets()) > 0)
		s.note("Process/close/answer", s.ask(request{Call: "close"}))
		s.eventually("the end of the plugin's process", func() bool { return len(s.process.children(s.plugins)) == 0 })
		s.note("Process/close/sockets left", len(s.sockets()))
	}},
	{name: "host that is killed", play: func(s *session) {
		s.discover()
		s.plugin("ObjectStore", "object-store").must("Init", object{"bucket": "b"})
		s.must(s.process.command.Process.Kill())
		s.note("Process/host killed/the plugin ends", s.ended())
		s.note("Process/host killed/sockets left", len(s.sockets()))
	}},
	{name: "plugin that is killed", play: func(s *session) {
		s.discover()
		store := s.plugin("ObjectStore", "object-store")
		store.must("Init", object{"bucket": "b", "mark": "kept"})
		s.killPlugin()
		s.again(func() answer { return store.ask("ListObjects", "b", "") }, func() { store.must("Init", object{"bucket": "b", "mark": "kept"}) })
		s.note("Process/plugin killed/its configuration", store.ask("GetObject", "b", "config:mark"))
		s.note("Process/plugin killed/answers", store.ask("ListObjects", "b", "x"))
	}},
	{name: "plugin that ends in a call", play: func(s *session) {
		s.discover()
		action := s.plugin("BackupItemAction", "backup-item-action")
		got := action.ask("Execute", pod("exit:3"), s.host.backup())
		s.note("Process/ends in a call/error", got.Error != nil && got.Error.Code == "Unavailable")
		s.again(func() answer { return action.ask("Execute", pod(""), s.host.backup()) }, func() {})
		s.note("Process/ends in a call/answers again", action.ask("Execute", pod("label:a=b"), s.host.backup()))
	}},
}

func (s *session) killPlugin() {
	s.t.Helper()
	pids := s.process.children(s.plugins)
	if len(pids) == 0 {
		s.t.Fatalf("%s with %s: no process of the plugin found", s.host.name, s.side.name)
	}
	for _, pid := range pids {
		s.must(syscall.Kill(pid, syscall.SIGKILL))
	}
}

// again waits until an exited plugin responds. Hosts with a lister restart it once go-plugin detects the exit. The host without one keeps
// the dead process until the next backup, here another discovery.
func (s *session) again(call func() answer, initialise func()) {
	s.t.Helper()
	if s.host.files() {
		s.ask(request{Call: "close"})
		s.discover()
		initialise()
	}
	s.eventually("an answer after the restart", func() bool { return call().Error == nil })
}

// ended waits until the plugin exits after its host was killed.
func (s *session) ended() bool {
	for deadline := time.Now().Add(3 * time.Second); time.Now().Before(deadline); time.Sleep(100 * time.Millisecond) {
		if len(s.process.children(s.plugins)) == 0 {
			return true
		}
	}
	for _, pid := range s.process.children(s.plugins) {
		if process, err := os.FindProcess(pid); err == nil {
			_ = process.Kill()
		}
	}
	return false
}
