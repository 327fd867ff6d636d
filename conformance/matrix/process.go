package matrix

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"
)

// A process is a running host program.
type process struct {
	command *exec.Cmd
	stdin   io.WriteCloser
	answers chan json.RawMessage
	stderr  *syncBuffer
}

// A request is one call, as hosts/host reads it.
type request struct {
	Kind string `json:"kind,omitempty"`
	Name string `json:"name,omitempty"`
	Call string `json:"call"`
	Args []any  `json:"args,omitempty"`
}

// An answer is the outcome of a call: one of the two.
type answer struct {
	Value any      `json:"value,omitempty"`
	Error *failure `json:"error,omitempty"`
}

// A failure is an error as the host sees it.
type failure struct {
	Code    string `json:"code"`
	Message string `json:"message"`
	Located bool   `json:"located"`
}

// startProcess runs the host program with the arguments of a server.
func startProcess(h host, env []string, args ...string) (*process, error) {
	path, err := filepath.Abs(filepath.Join(target, h.name, "host"))
	if err != nil {
		return nil, err
	}
	p := &process{command: exec.Command(path, args...), answers: make(chan json.RawMessage), stderr: &syncBuffer{}}
	p.command.Env = append(os.Environ(), env...)
	p.command.Stderr = p.stderr
	if p.stdin, err = p.command.StdinPipe(); err != nil {
		return nil, err
	}
	stdout, err := p.command.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := p.command.Start(); err != nil {
		return nil, err
	}
	go func() {
		defer close(p.answers)
		lines := bufio.NewScanner(stdout)
		lines.Buffer(nil, 64<<20)
		for lines.Scan() {
			p.answers <- bytes.Clone(lines.Bytes())
		}
	}()
	return p, nil
}

// ask makes a call. A host that ends on it is an answer, too; one that says nothing for a minute is an error of the suite.
func (p *process) ask(request request) (answer, error) {
	line, err := json.Marshal(request)
	if err != nil {
		return answer{}, err
	}
	if _, err := p.stdin.Write(append(line, '\n')); err != nil {
		return p.ended(), nil
	}
	select {
	case line, alive := <-p.answers:
		if !alive {
			return p.ended(), nil
		}
		var answer answer
		decoder := json.NewDecoder(bytes.NewReader(line))
		decoder.UseNumber()
		return answer, decoder.Decode(&answer)
	case <-time.After(90 * time.Second):
		return answer{}, fmt.Errorf("%s %s: no answer for a minute and a half", request.Kind, request.Call)
	}
}

// ended is the answer of a host that is no more: the first line that a Go program says when it panics.
func (p *process) ended() answer {
	_ = p.command.Wait()
	for line := range strings.Lines(p.stderr.String()) {
		if strings.HasPrefix(line, "panic: ") || strings.HasPrefix(line, "fatal error: ") {
			return answer{Error: &failure{Code: "the host has ended", Message: strings.TrimSpace(line)}}
		}
	}
	return answer{Error: &failure{Code: "the host has ended", Message: p.stderr.String()}}
}

// stop ends the host program, if it is there.
func (p *process) stop() {
	_ = p.stdin.Close()
	done := make(chan struct{})
	go func() { _ = p.command.Wait(); close(done) }()
	select {
	case <-done:
	case <-time.After(5 * time.Second):
		_ = p.command.Process.Kill()
		<-done
	}
}

// children are the processes that the host has started from that directory.
func (p *process) children(dir string) []int {
	var pids []int
	stats, _ := filepath.Glob("/proc/[0-9]*/cmdline")
	for _, path := range stats {
		cmdline, err := os.ReadFile(path)
		if err != nil || !bytes.Contains(cmdline, []byte(dir)) {
			continue
		}
		pid, err := strconv.Atoi(filepath.Base(filepath.Dir(path)))
		if err == nil && pid != p.command.Process.Pid && alive(pid) {
			pids = append(pids, pid)
		}
	}
	return pids
}

// alive leaves out zombies, which only wait for their parent to look.
func alive(pid int) bool {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return false
	}
	_, behind, _ := bytes.Cut(stat, []byte(") "))
	return len(behind) > 0 && behind[0] != 'Z' && behind[0] != 'X'
}

type syncBuffer struct {
	mu     sync.Mutex
	buffer bytes.Buffer
}

func (b *syncBuffer) Write(text []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buffer.Write(text)
}

func (b *syncBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buffer.String()
}
