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

// The host's yamux gives up a session whose streams are not acknowledged within 75 s; the streams for the plugin's output have nothing
// to say for all that time.
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
		eventually(t, "what was printed", func() bool { return strings.Contains(h.stdout.String(), "still there") })
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

// Control.Quit, which go-plugin's Kill calls, ends the process with status 0 and leaves no socket.
func TestQuit(t *testing.T) {
	compare(t, func(h *host) {
		socket := h.socket()
		if _, err := os.Stat(socket); err != nil {
			t.Fatal(err)
		}
		begin := time.Now()
		h.quit()
		// Kill would wait two seconds and then use force.
		h.note("in time", time.Since(begin) < 2*time.Second)
		h.note("status", h.cmd.ProcessState.ExitCode())
		_, err := os.Stat(socket)
		h.note("socket is gone", os.IsNotExist(err))
		h.note("said", h.said())
	})
}

// quit may see the connection end before the answer.
func (h *host) quit() {
	h.t.Helper()
	_ = h.control().Close()
	h.exits()
}

// said is what the plugin wrote that is no log record.
func (h *host) said() string {
	var said []string
	for line := range strings.Lines(h.stderr.String()) {
		// Go's framework names itself at its end.
		if !strings.Contains(line, `"@message"`) && !strings.Contains(line, "plugin: plugin server:") {
			said = append(said, line)
		}
	}
	return strings.Join(said, "")
}

// Ctrl-C goes to the plugin, too, and is for the host to act on.
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

// A second connection, as that of a host which attaches to a plugin that runs already, gets answers beside the first.
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

// What the host sees of a process that is killed: an error in the call under way and in each later one, and no answer for ever.
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
			h.note("call under way", fmt.Sprint(err))
		case <-time.After(30 * time.Second):
			t.Errorf("%s: the call under way has no answer for 30 s", h.side.name)
		}
		eventually(t, "the end of the process", h.client.Exited)
		_, err := h.requester.GrantAccess(request(""), application())
		h.note("later call", fmt.Sprint(err))
		h.note("later ping", h.control().Ping() != nil)
	})
}

// A process that ends in the middle of a call is an error of that call.
func TestProcessThatEndsInACall(t *testing.T) {
	compare(t, func(h *host) {
		_, err := h.requester.GrantAccess(request("exit:3"), application())
		h.note("call", fmt.Sprint(err))
		h.exits()
		h.note("status", h.cmd.ProcessState.ExitCode())
	})
}

// A host that dies takes no leave. The plugin sees the connection end, and has nobody left to work for.
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

// hostThatDies is the child's half: it starts the plugin that the environment names, says so, and waits to be killed.
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
