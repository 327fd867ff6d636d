package conformance

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/vmware-tanzu/velero/pkg/plugin/velero"
)

// An error of the plugin's code reaches the host with text, code and source location. The process continues.
func TestErrors(t *testing.T) {
	compare(t, probe, func(h *host) {
		for _, what := range []string{"error:it broke", "error-in-context:it broke", "error:ümläuts and \"quotes\"", "error:two\nlines"} {
			eachKind(h, what)
		}
		h.note("still the same process", h.answersWithout(h.pid()))
	})
}

// The text of an error is in a header of the response, percent-encoded, and again in the details.
func TestLongErrors(t *testing.T) {
	compare(t, probe, func(h *host) {
		for _, character := range []string{"x", "ü"} {
			for _, size := range []int{16 << 10, 1 << 20} {
				text := strings.Repeat(character, size/len(character))
				_, _, err := h.backupAction("backup-item-action").Execute(pod("error:"+text), backupObject(nil))
				if err == nil || !strings.HasSuffix(err.Error(), text) {
					t.Errorf("%d bytes of %s: found %.200v", size, character, err)
				}
			}
		}
		h.note("still the same process", h.answersWithout(h.pid()))
	})
}

// A longer text is truncated: it would be above grpc-go's limit, which fails the call with another text.
func TestErrorsAboveTheLimit(t *testing.T) {
	if selfCheck {
		t.Skip("a Go plugin sends the whole text")
	}
	h := startHost(t, ours, probe)
	action := h.backupAction("backup-item-action")
	pid := h.pid()
	_, _, err := action.Execute(pod("error:"+strings.Repeat("ü", 10<<20)), backupObject(nil))
	if err == nil || !strings.Contains(err.Error(), strings.Repeat("ü", 1<<19)+" … (") {
		t.Errorf("found %.200v", err)
	}
	if h.pid() != pid {
		t.Error("the process was restarted")
	}
}

// A panic fails only its call, with code Aborted. The process continues.
func TestPanics(t *testing.T) {
	compare(t, probe, func(h *host) {
		h.backupAction("backup-item-action")
		pid := h.pid()
		eachKind(h, "panic:it broke")
		for range 20 {
			eachAnswer(h, "panic:once more")
		}
		eachAnswer(h, "")
		h.note("still the same process", h.answersWithout(pid))
	})
}

// answersWithout reports whether the process still has this ID, so that it was not restarted.
func (h *host) answersWithout(pid int) bool { return h.pid() == pid }

// eachKind records the error of each kind for a failing command.
func eachKind(h *host, do string) {
	answers := eachAnswer(h, do)
	for _, name := range sorted(answers) {
		h.note(name+" "+do, answers[name])
	}
}

func eachAnswer(h *host, do string) map[string]any {
	calls := map[string]func() error{
		"backup": func() error {
			_, _, err := h.backupAction("backup-item-action").Execute(pod(do), backupObject(nil))
			return err
		},
		"backup-v2": func() error {
			_, _, _, _, err := h.backupActionV2("backup-item-action-v2").Execute(pod(do), backupObject(nil))
			return err
		},
		"restore": func() error {
			_, err := h.restoreAction("restore-item-action").Execute(restoreInput(pod(do), restoreObject(nil)))
			return err
		},
		"restore-v2": func() error {
			_, err := h.restoreActionV2("restore-item-action-v2").Execute(restoreInput(pod(do), restoreObject(nil)))
			return err
		},
		"delete": func() error {
			input := &velero.DeleteItemActionExecuteInput{Item: pod(do), Backup: backupObject(nil)}
			return h.deleteAction("delete-item-action").Execute(input)
		},
		"item-block": func() error {
			_, err := h.itemBlockAction("item-block-action").GetRelatedItems(pod(do), backupObject(nil))
			return err
		},
		"object-store Init": func() error {
			return h.objectStore("object-store").Init(map[string]string{"bucket": "b", "do": do})
		},
		"volume-snapshotter Init": func() error {
			return h.volumeSnapshotter("volume-snapshotter").Init(map[string]string{"do": do})
		},
	}
	answers := map[string]any{}
	for name, call := range calls {
		answers[name] = h.answer(name, func() (any, error) { return nil, call() })
	}
	return answers
}

// Velero logs an error with the source location of its origin.
func TestErrorsNameTheirPlace(t *testing.T) {
	if selfCheck {
		t.Skip("the twin's first frame is the start of its goroutine")
	}
	h := startHost(t, ours, probe)
	action := h.backupAction("backup-item-action")
	for do, expected := range map[string]string{
		"error:it broke":     "bail!(",
		"block:not a number": "?",
		"panic:it broke":     "panic!(",
	} {
		_, _, err := action.Execute(pod(do), backupObject(nil))
		if err == nil {
			t.Fatalf("%s: no error", do)
		}
		name, line, function := locationOf(err)
		source, readErr := os.ReadFile(filepath.Join("../..", name))
		if readErr != nil {
			t.Errorf("%s: %v", do, readErr)
			continue
		}
		lines := strings.Split(string(source), "\n")
		if !strings.HasPrefix(name, "conformance/probe/src/") || int(line) > len(lines) || !strings.Contains(lines[line-1], expected) {
			t.Errorf("%s: the source location %s:%d (%s) does not contain %s", do, name, line, function, expected)
		}
		if function == "" {
			t.Errorf("%s: no function", do)
		}
	}
}
