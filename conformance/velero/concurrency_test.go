package conformance

import (
	"errors"
	"sync"
	"testing"
	"time"

	healthpb "google.golang.org/grpc/health/grpc_health_v1"

	"github.com/vmware-tanzu/velero/pkg/plugin/generated"
)

const callsAtOnce = 64

// Handlers that block their thread delay neither each other, nor the health check, nor the shutdown.
func TestBlockingHandlers(t *testing.T) {
	compareRaw(t, probe, func(raw *rawPlugin) {
		client := generated.NewBackupItemActionClient(raw.conn)
		execute := func(do string) error {
			_, err := client.Execute(limited(t), &generated.ExecuteRequest{
				Plugin: "probe.plugwright.dev/backup-item-action", Item: []byte(withDoInBytes(`{"kind":"X"}`, do)), Backup: aBackup,
			})
			return err
		}
		// Go's framework creates handlers without a lock, so create this one first.
		if err := execute(""); err != nil {
			t.Fatal(err)
		}

		// The thread that is blocked may be the one that waited for the connection.
		one := make(chan error, 1)
		go func() { one <- execute("block:5000") }()
		time.Sleep(300 * time.Millisecond)
		begin := time.Now()
		raw.do("beside one", func() error { return execute("") })
		raw.note("during the first", time.Since(begin) < 4*time.Second)
		raw.note("the first", <-one == nil)

		begin = time.Now()
		raw.note("all answered", together(func() error { return execute("block:1000") }) == nil)
		raw.note("side by side", time.Since(begin) < callsAtOnce*time.Second/4)

		var blocked sync.WaitGroup
		for range callsAtOnce {
			blocked.Go(func() { _ = execute("block:60000") })
		}
		time.Sleep(300 * time.Millisecond)
		begin = time.Now()
		raw.call("health", func() (any, error) {
			answer, err := healthpb.NewHealthClient(raw.conn).Check(limited(t), &healthpb.HealthCheckRequest{Service: "plugin"})
			return answer.GetStatus().String(), err
		})
		raw.do("another call", func() error { return execute("") })
		raw.note("at once", time.Since(begin) < 10*time.Second)

		begin = time.Now()
		raw.shutdown(t)
		raw.exits(t)
		raw.note("ends at once", time.Since(begin) < 2*time.Second)
		raw.note("status", raw.cmd.ProcessState.ExitCode())
		blocked.Wait()
	})
}

// Many concurrent calls of all kinds, including errors and panics, each receive their own response.
func TestManyCallsAtOnce(t *testing.T) {
	compare(t, probe, func(h *host) {
		answers := eachAnswer(h, "")
		actions := h.backupAction("backup-item-action")
		pid := h.pid()
		var wrong sync.Map
		err := together(func() error {
			for _, do := range []string{"error:it broke", "panic:it broke", "label:a=b"} {
				item, _, err := actions.Execute(pod(do), backupObject(nil))
				switch do {
				case "label:a=b":
					if err != nil || content(item) == nil {
						wrong.Store(do, err)
					}
				default:
					if err == nil {
						wrong.Store(do, "no error")
					}
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		wrong.Range(func(do, what any) bool {
			t.Errorf("%s: %s: %v", h.side.name, do, what)
			return true
		})
		h.note("before", answers)
		h.note("still the same process", h.answersWithout(pid))
	})
}

// together makes many concurrent calls, and returns the errors.
func together(call func() error) error {
	failures := make([]error, callsAtOnce)
	var group sync.WaitGroup
	for i := range failures {
		group.Go(func() { failures[i] = call() })
	}
	group.Wait()
	return errors.Join(failures...)
}
