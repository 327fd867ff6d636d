package conformance

import (
	"os"
	"syscall"
	"testing"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/emptypb"
)

// GRPCController.Shutdown, which go-plugin's Kill calls, ends the process with status 0 and removes the socket.
func TestShutdown(t *testing.T) {
	compareRaw(t, probe, func(raw *rawPlugin) {
		socket := raw.client.ReattachConfig().Addr.String()
		if _, err := os.Stat(socket); err != nil {
			t.Fatal(err)
		}
		begin := time.Now()
		raw.shutdown(t)
		raw.exits(t)
		// Kill kills the process after two seconds.
		raw.note("in time", time.Since(begin) < 2*time.Second)
		raw.note("status", raw.cmd.ProcessState.ExitCode())
		_, err := os.Stat(socket)
		raw.note("socket is gone", os.IsNotExist(err))
	})
}

// shutdown requests the exit. The connection may close before the response.
func (r *rawPlugin) shutdown(t *testing.T) {
	t.Helper()
	err := r.conn.Invoke(limited(t), "/plugin.GRPCController/Shutdown", &emptypb.Empty{}, &emptypb.Empty{})
	if err != nil && status.Code(err) != codes.Unavailable {
		t.Errorf("shutdown: %v", err)
	}
}

func (r *rawPlugin) exits(t *testing.T) {
	t.Helper()
	eventually(t, "the end of the process", r.client.Exited)
	// Kill waits for go-plugin's own goroutines, which set ProcessState.
	r.client.Kill()
}

// Ctrl-C also reaches the plugin, which must leave it to the host.
func TestInterrupt(t *testing.T) {
	compareRaw(t, probe, func(raw *rawPlugin) {
		for range 3 {
			if err := raw.cmd.Process.Signal(syscall.SIGINT); err != nil {
				t.Fatal(err)
			}
		}
		time.Sleep(100 * time.Millisecond)
		method := methodCalled("/generated.BackupItemAction/AppliesTo")
		raw.do("next call", func() error { return raw.invoke(t, method, method.request("probe.plugwright.dev/nothing")) })
		raw.note("still there", !raw.client.Exited())
	})
}

// After a plugin is killed, Velero restarts it for the next call, and repeats Init.
func TestKilledProcess(t *testing.T) {
	compare(t, probe, func(h *host) {
		store, snapshotter, action := h.objectStore("object-store"), h.volumeSnapshotter("volume-snapshotter"), h.backupAction("backup-item-action")
		if err := store.Init(map[string]string{"bucket": "b", "mark": "before"}); err != nil {
			t.Fatal(err)
		}
		if err := snapshotter.Init(map[string]string{"region": "eu"}); err != nil {
			t.Fatal(err)
		}
		first := h.pid()
		if err := syscall.Kill(first, syscall.SIGKILL); err != nil {
			t.Fatal(err)
		}
		// Calls fail until go-plugin detects the exit.
		eventually(t, "an answer after the restart", func() bool {
			_, _, err := action.Execute(pod(""), backupObject(nil))
			return err == nil
		})
		h.note("another process", h.pid() != first)
		h.call("the store's configuration", func() (any, error) { return get(store, "b", "config:mark") })
		h.call("the snapshotter's configuration", func() (any, error) { return volumeInfo(snapshotter, "config:region") })
	})
}

// A process that exits during a call fails that call.
func TestProcessThatEndsInACall(t *testing.T) {
	compare(t, probe, func(h *host) {
		action := h.backupAction("backup-item-action")
		_, _, err := action.Execute(pod("exit:3"), backupObject(nil))
		h.note("code", failureOf(err).Code)
		eventually(t, "an answer after the restart", func() bool {
			_, _, err := action.Execute(pod(""), backupObject(nil))
			return err == nil
		})
	})
}
