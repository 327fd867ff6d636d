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

// A request is a call for hosts/host.
type request struct {
	Kind string `json:"kind,omitempty"`
	Name string `json:"name,omitempty"`
	Call string `json:"call"`
	Args []any  `json:"args,omitempty"`
}

// An answer is the result of a call, either a value or an error.
type answer struct {
	Value any      `json:"value,omitempty"`
	Error *failure `json:"error,omitempty"`
}

// A failure is an error as received by the host.
type failure struct {
	Code    string `json:"code"`
	Message string `json:"message"`
	Located bool   `json:"located"`
}

// startProcess starts the host program with a server's arguments.
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

// ask makes a call. A crash of the host is also an answer. A missing response is an error.
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
		return answer{}, fmt.Errorf("%s %s: no response within 90 s", request.Kind, request.Call)
	}
}

// ended returns the answer of a crashed host, with the first line of its panic.
func (p *process) ended() answer {
	_ = p.command.Wait()
	for line := range strings.Lines(p.stderr.String()) {
		if strings.HasPrefix(line, "panic: ") || strings.HasPrefix(line, "fatal error: ") {
			return answer{Error: &failure{Code: "the host has exited", Message: strings.TrimSpace(line)}}
		}
	}
	return answer{Error: &failure{Code: "the host has exited", Message: p.stderr.String()}}
}

// stop ends the host program, if it runs.
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

// children returns the host's child processes with executables in this directory.
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

// alive reports whether the process runs and is not a zombie.
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
