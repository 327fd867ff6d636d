package matrix

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

// A session is a host program with one side's plugin.
type session struct {
	t    *testing.T
	host host
	side side
	// plugins is the host's plugin directory, temporary the directory for sockets.
	plugins, temporary string
	process            *process
	discovered         bool
	names              []string
	outcomes           map[string]string
	expected           map[string]*regexp.Regexp
}

// A setup is the initial state of a session.
type setup struct {
	// files are the file names of the plugin. The default depends on the host and on only.
	files []string
	// only are the plugins for a host without a lister, which supports one action per kind. The default is goTogether.
	only []string
	// link creates the plugin's file. The default is a symbolic link.
	link func(binary, path string) error
	env  []string
	args []string
}

// fileKinds are the kinds in file names, for hosts without a lister.
var fileKinds = map[string]string{
	"object-store": "objectstore", "object-store-in-memory": "objectstore", "volume-snapshotter": "blockstore",
	"backup-item-action": "backupitemaction", "nothing": "backupitemaction", "restore-item-action": "restoreitemaction",
}

var goTogether = []string{"object-store", "object-store-in-memory", "volume-snapshotter", "backup-item-action", "restore-item-action"}

func (s setup) fileNames(h host) []string {
	switch {
	case s.files != nil:
		return s.files
	case !h.files():
		return []string{"probe"}
	}
	names := s.only
	if names == nil {
		names = goTogether
	}
	var files []string
	for _, name := range names {
		files = append(files, "ark-"+fileKinds[name]+"-"+h.plugin(name))
	}
	return files
}

// newSession creates the plugin's files and starts the host program. The scenario calls discover.
func newSession(t *testing.T, h host, of side, setup setup) *session {
	t.Helper()
	s := &session{t: t, host: h, side: of, outcomes: map[string]string{}, expected: map[string]*regexp.Regexp{}}
	s.must(build(h))
	binary, err := of.file(h)
	s.must(err)
	// A short path, because a socket's path has at most 108 bytes.
	s.temporary, err = os.MkdirTemp("", "mx")
	s.must(err)
	t.Cleanup(func() { _ = os.RemoveAll(s.temporary) })
	s.plugins, err = os.MkdirTemp(target, "plugins-")
	s.must(err)
	t.Cleanup(func() { _ = os.RemoveAll(s.plugins) })
	s.plugins, err = filepath.Abs(s.plugins)
	s.must(err)
	link := setup.link
	if link == nil {
		link = os.Symlink
	}
	for _, name := range setup.fileNames(h) {
		s.must(link(binary, filepath.Join(s.plugins, name)))
	}
	s.must(os.Mkdir(filepath.Join(s.temporary, "own"), 0o700))
	args := setup.args
	if args == nil {
		args = []string{"server", "--log-level", "debug"}
	}
	env := append([]string{"MATRIX_PLUGINS=" + s.plugins, "TMPDIR=" + s.temporary, "MATRIX_OWN_TMPDIR=" + filepath.Join(s.temporary, "own")}, setup.env...)
	s.process, err = startProcess(h, env, args...)
	s.must(err)
	t.Cleanup(s.end)
	return s
}

func (s *session) must(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatalf("%s with %s: %v", s.host.name, s.side.name, err)
	}
}

// end closes the host's manager, as a server does on exit, and then ends the host.
func (s *session) end() {
	if s.discovered {
		s.discovered = false
		_, _ = s.process.ask(request{Call: "close"})
	}
	s.process.stop()
	for _, pid := range s.process.children(s.plugins) {
		s.t.Errorf("%s with %s: process %d remains", s.host.name, s.side.name, pid)
		if process, err := os.FindProcess(pid); err == nil {
			_ = process.Kill()
		}
	}
}

// note records a result by its name: kind, call and case.
func (s *session) note(name string, outcome any) {
	s.t.Helper()
	if _, taken := s.outcomes[name]; taken {
		s.t.Fatalf("%q is recorded twice", name)
	}
	var encoded strings.Builder
	encoder := json.NewEncoder(&encoded)
	encoder.SetEscapeHTML(false)
	s.must(encoder.Encode(outcome))
	s.names = append(s.names, name)
	s.outcomes[name] = s.normalise(strings.TrimSuffix(encoded.String(), "\n"))
}

// expect records a result without a twin, and its expected pattern.
func (s *session) expect(name string, outcome any, pattern string) {
	s.t.Helper()
	s.note(name, outcome)
	s.expected[name] = regexp.MustCompile("^(?s:" + pattern + ")$")
}

var (
	pointers = regexp.MustCompile(`0x[0-9a-f]{6,}`)
	sockets  = regexp.MustCompile(`SOCKETS/[\w-]+`)
	pids     = regexp.MustCompile(`\bpid[= ]\d+`)
)

// normalise replaces values that always differ: directories, sockets, process IDs, memory addresses.
func (s *session) normalise(outcome string) string {
	outcome = strings.ReplaceAll(outcome, s.plugins, "PLUGINS")
	outcome = strings.ReplaceAll(outcome, s.temporary, "SOCKETS")
	outcome = sockets.ReplaceAllString(outcome, "SOCKET")
	outcome = pids.ReplaceAllString(outcome, "PID")
	return pointers.ReplaceAllString(outcome, "ADDRESS")
}

func (s *session) ask(request request) answer {
	s.t.Helper()
	answer, err := s.process.ask(request)
	s.must(err)
	return answer
}

// discover lets the host read its plugin directory. The scenario continues only if this succeeds.
func (s *session) discover() {
	s.t.Helper()
	s.discovered = true
	if answer := s.ask(request{Call: "discover"}); answer.Error != nil {
		s.t.Fatalf("%s with %s: discovery: %s", s.host.name, s.side.name, answer.Error.Message)
	}
}

// reopen replaces the manager, because hosts call a store's Init only once, even if it fails.
func (s *session) reopen() {
	s.t.Helper()
	s.ask(request{Call: "close"})
	s.ask(request{Call: "logs"})
	s.discover()
}

// A plugin is the host's client for a plugin.
type plugin struct {
	session    *session
	kind, name string
}

func (s *session) plugin(kind, name string) plugin { return plugin{s, kind, name} }

// ask makes a call through the host's client.
func (p plugin) ask(call string, args ...any) answer {
	p.session.t.Helper()
	return p.session.ask(request{
		Kind: p.session.host.kind(p.kind), Name: p.session.host.plugin(p.name), Call: call, Args: args,
	})
}

// call makes a call and records its result.
func (p plugin) call(title, call string, args ...any) answer {
	p.session.t.Helper()
	answer := p.ask(call, args...)
	p.session.note(p.kind+"/"+call+"/"+title, answer)
	return answer
}

// must makes a call that must succeed, without recording it.
func (p plugin) must(call string, args ...any) {
	p.session.t.Helper()
	if answer := p.ask(call, args...); answer.Error != nil {
		p.session.t.Fatalf("%s with %s: %s %s: %s", p.session.host.name, p.session.side.name, p.name, call, answer.Error.Message)
	}
}

// eventually repeats attempts that may fail temporarily, such as calls after a process has exited.
func (s *session) eventually(what string, attempt func() bool) {
	s.t.Helper()
	for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		if attempt() {
			return
		}
	}
	s.t.Fatalf("%s with %s: %s: timed out after 30 s", s.host.name, s.side.name, what)
}

// sockets returns the existing sockets.
func (s *session) sockets() []string {
	entries, err := os.ReadDir(s.temporary)
	s.must(err)
	var names []string
	for _, entry := range entries {
		if entry.Type()&os.ModeSocket != 0 {
			names = append(names, entry.Name())
		}
	}
	return names
}

// compare runs a scenario with both sides, and compares the results.
func compare(t *testing.T, h host, setup setup, scenario func(s *session)) {
	t.Helper()
	var played [2]*session
	for i, side := range sides() {
		s := newSession(t, h, side, setup)
		scenario(s)
		s.end()
		played[i] = s
	}
	if !slices.Equal(played[0].names, played[1].names) {
		for i, one := range played {
			for _, name := range one.names {
				if _, both := played[1-i].outcomes[name]; !both {
					t.Logf("%s only: %s: %s", one.side.name, name, shorten(one.outcomes[name]))
				}
			}
		}
		t.Fatal("the sides recorded different results")
	}
	for _, name := range played[0].names {
		one, other := played[0].outcomes[name], played[1].outcomes[name]
		results.add(t, h, name, one, other)
	}
}

// alone runs a scenario only with our plugin, and compares the results with patterns.
func alone(t *testing.T, h host, setup setup, scenario func(s *session)) {
	t.Helper()
	if selfCheck() {
		t.Skip("the scenario has no twin")
	}
	s := newSession(t, h, ours, setup)
	scenario(s)
	s.end()
	for _, name := range s.names {
		results.check(t, h, name, s.outcomes[name], s.expected[name])
	}
}
