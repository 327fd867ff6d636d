package conformance

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/hashicorp/go-hclog"
	goplugin "github.com/hashicorp/go-plugin"

	"github.com/argoproj-labs/argocd-ephemeral-access/pkg/plugin"
)

// The host's yamux closes a session if its streams are not acknowledged within 75 s. The streams for the plugin's output are idle for
// longer.
func TestIdle(t *testing.T) {
	t.Parallel()
	hosts := [2]*host{startHost(t, probes[0]), startHost(t, probes[1])}
	time.Sleep(80 * time.Second)
	for _, h := range hosts {
		h.do("ping", h.control().Ping)
		h.both("call", request("granted:still there"), application())
		_, err := h.requester.GrantAccess(request("print:still there"), application())
		if err != nil {
			t.Errorf("%s: %v", h.side.name, err)
		}
		eventually(t, "the printed line", func() bool { return strings.Contains(h.stdout.String(), "still there") })
		h.client.Kill()
		h.note("status", h.cmd.ProcessState.ExitCode())
	}
	same(t, hosts[0].recording, hosts[1].recording)
}

func TestPing(t *testing.T) {
	compare(t, func(h *host) {
		for i := range 3 {
			h.do(fmt.Sprint(i), h.control().Ping)
		}
	})
}

// Control.Quit, which go-plugin's Kill calls, ends the process with status 0 and removes the socket.
func TestQuit(t *testing.T) {
	compare(t, func(h *host) {
		socket := h.socket()
		if _, err := os.Stat(socket); err != nil {
			t.Fatal(err)
		}
		begin := time.Now()
		h.quit()
		// Kill kills the process after two seconds.
		h.note("in time", time.Since(begin) < 2*time.Second)
		h.note("status", h.cmd.ProcessState.ExitCode())
		_, err := os.Stat(socket)
		h.note("socket is gone", os.IsNotExist(err))
		h.note("said", h.said())
	})
}

// quit requests the exit. The connection may close before the response.
func (h *host) quit() {
	h.t.Helper()
	_ = h.control().Close()
	h.exits()
}

// said returns the plugin's output without log records.
func (h *host) said() string {
	var said []string
	for line := range strings.Lines(h.stderr.String()) {
		// Go's framework prints a line when it exits.
		if !strings.Contains(line, `"@message"`) && !strings.Contains(line, "plugin: plugin server:") {
			said = append(said, line)
		}
	}
	return strings.Join(said, "")
}

// Ctrl-C also reaches the plugin, which must leave it to the host.
func TestInterrupt(t *testing.T) {
	compare(t, func(h *host) {
		for range 3 {
			if err := syscall.Kill(h.pid(), syscall.SIGINT); err != nil {
				t.Fatal(err)
			}
		}
		time.Sleep(100 * time.Millisecond)
		h.both("next call", request("granted:still there"), application())
		h.note("ended", h.client.Exited())
	})
}

// A second connection, as from a host that reattaches, works concurrently with the first.
func TestSecondConnection(t *testing.T) {
	compare(t, func(h *host) {
		config := plugin.NewClientConfig("", hclog.NewNullLogger())
		config.Cmd, config.Reattach = nil, h.client.ReattachConfig()
		second, err := plugin.GetAccessRequester(goplugin.NewClient(config))
		if err != nil {
			t.Fatal(err)
		}
		for _, of := range []struct {
			name      string
			requester plugin.AccessRequester
		}{{"second", second}, {"first", h.requester}, {"second again", second}} {
			h.call(of.name, func() (any, error) { return of.requester.GrantAccess(request("granted:yes"), application()) })
		}
	})
}

// After a process is killed, the running call and all later calls fail.
func TestKilledProcess(t *testing.T) {
	compare(t, func(h *host) {
		underWay := make(chan error, 1)
		go func() {
			_, err := h.requester.GrantAccess(request("block:60000"), application())
			underWay <- err
		}()
		time.Sleep(200 * time.Millisecond)
		if err := syscall.Kill(h.pid(), syscall.SIGKILL); err != nil {
			t.Fatal(err)
		}
		select {
		case err := <-underWay:
			h.note("running call", fmt.Sprint(err))
		case <-time.After(30 * time.Second):
			t.Errorf("%s: the running call has not failed within 30 s", h.side.name)
		}
		eventually(t, "the end of the process", h.client.Exited)
		_, err := h.requester.GrantAccess(request(""), application())
		h.note("later call", fmt.Sprint(err))
		h.note("later ping", h.control().Ping() != nil)
	})
}

// A process that exits during a call fails that call.
func TestProcessThatEndsInACall(t *testing.T) {
	compare(t, func(h *host) {
		_, err := h.requester.GrantAccess(request("exit:3"), application())
		h.note("call", fmt.Sprint(err))
		h.exits()
		h.note("status", h.cmd.ProcessState.ExitCode())
	})
}

// A killed host does not request shutdown. The plugin exits when the connection closes.
func TestHostThatDies(t *testing.T) {
	t.Parallel()
	recordings := [2]*recording{newRecording(t), newRecording(t)}
	for i, side := range probes {
		child := exec.Command(testBinary)
		child.Env = append(os.Environ(), hostThatDiesEnv+"="+side.path)
		stdout, err := child.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := child.Start(); err != nil {
			t.Fatal(err)
		}
		var pid int
		var socket string
		if _, err := fmt.Fscan(stdout, &pid, &socket); err != nil {
			t.Fatalf("%s: %v", side.name, err)
		}
		_ = child.Process.Kill()
		_ = child.Wait()
		ended := false
		for deadline := time.Now().Add(5 * time.Second); !ended && time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
			ended = parentOf(pid) == ""
		}
		_, err = os.Stat(socket)
		recordings[i].note("plugin ends", ended)
		recordings[i].note("socket is gone", os.IsNotExist(err))
		if !ended {
			_ = syscall.Kill(pid, syscall.SIGKILL)
		}
	}
	same(t, recordings[0], recordings[1])
}

const hostThatDiesEnv = "CONFORMANCE_HOST_THAT_DIES"

// hostThatDies runs in the child process: it starts the plugin in the environment, prints a line, and waits to be killed.
func hostThatDies() bool {
	path := os.Getenv(hostThatDiesEnv)
	if path == "" {
		return false
	}
	client := goplugin.NewClient(plugin.NewClientConfig(path, nil))
	requester, err := plugin.GetAccessRequester(client)
	if err == nil {
		err = requester.Init()
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return true
	}
	reattach := client.ReattachConfig()
	fmt.Println(reattach.Pid, reattach.Addr)
	time.Sleep(time.Minute)
	return true
}
