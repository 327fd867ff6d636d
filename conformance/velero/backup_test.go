package conformance

import (
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"

	v1 "github.com/vmware-tanzu/velero/pkg/apis/velero/v1"
	"github.com/vmware-tanzu/velero/pkg/plugin/velero"
)

// itemCommands are all changes to an item that the probe supports, for backup and restore.
var itemCommands = []string{
	"",
	"set:/metadata/labels/app=shop",
	"set:/spec/replicas=3",
	"set:/spec/deep/er/path={\"a\":[1,2.5,null,true]}",
	"set:/spec/containers/0/image=caddy",
	"set:/spec/containers/-={\"name\":\"more\"}",
	"set:/metadata/annotations/a~1b~0c=escaped",
	"remove:/spec/volumes",
	"remove:/not/there",
	"remove:/metadata/labels/tier",
	"label:new=label",
	"echo-item",
	"set:/spec/a=1,remove:/spec/priority,label:x=y,echo-item",
}

func TestBackupItemAction(t *testing.T) {
	compare(t, probe, func(h *host) {
		action := h.backupAction("backup-item-action")
		execute := func(do string, backup *v1.Backup) func() (any, error) {
			return func() (any, error) {
				item, additional, err := action.Execute(pod(do), backup)
				return backupAnswer(item, additional, "", nil), err
			}
		}
		for _, do := range append(itemCommands, "additional", "skip", "must-include", "additional,must-include,skip") {
			h.call("do "+do, execute(do, backupObject(nil)))
		}
		h.call("no such command", execute("no such command", backupObject(nil)))
	})
}

func TestBackupItemActionV2(t *testing.T) {
	compare(t, probe, func(h *host) {
		action := h.backupActionV2("backup-item-action-v2")
		for _, do := range append(itemCommands,
			"additional", "skip", "must-include", "operation:42", "operation:a/b c", "post-operation",
			"additional,operation:1,post-operation,label:a=b") {
			h.call("do "+do, func() (any, error) {
				item, additional, operation, post, err := action.Execute(pod(do), backupObject(nil))
				return backupAnswer(item, additional, operation, post), err
			})
		}
	})
}

// Velero also lists V1 actions as V2, and implements the missing methods itself.
func TestV1ActionsUnderV2(t *testing.T) {
	compare(t, probe, func(h *host) {
		backup := h.backupActionV2("backup-item-action")
		h.call("backup", func() (any, error) {
			item, additional, operation, post, err := backup.Execute(pod("additional,label:a=b"), backupObject(nil))
			return backupAnswer(item, additional, operation, post), err
		})
		restore := h.restoreActionV2("restore-item-action")
		h.call("restore", func() (any, error) {
			output, err := restore.Execute(restoreInput(pod("additional,skip"), restoreObject(nil)))
			return restoreAnswer(output), err
		})
	})
}

func TestBackupItemActionThatDoesNothing(t *testing.T) {
	compare(t, probe, func(h *host) {
		action := h.backupAction("nothing")
		h.call("execute", func() (any, error) {
			item, additional, err := action.Execute(pod(""), backupObject(nil))
			return backupAnswer(item, additional, "", nil), err
		})
	})
}

// The next call retries a failed constructor. A created plugin is kept.
func TestConstructorThatFailsAtFirst(t *testing.T) {
	compare(t, probe, func(h *host) {
		hold := newFile(t)
		t.Setenv("PROBE_HOLD", hold.path)
		action := h.backupAction("held-back")
		execute := func() error {
			_, _, err := action.Execute(pod(""), backupObject(nil))
			return hold.anonymous(err)
		}
		h.do("construction fails", execute)
		h.do("construction fails again", execute)
		h.do("AppliesTo without construction", func() error {
			_, err := action.AppliesTo()
			return hold.anonymous(err)
		})
		hold.remove(t)
		h.do("construction succeeds", execute)
		hold.create(t)
		h.do("kept", execute)
	})
}

func TestDeleteItemAction(t *testing.T) {
	compare(t, probe, func(h *host) {
		action := h.deleteAction("delete-item-action")
		for _, do := range []string{"", "echo-item", "error:not deleted", "no such command"} {
			h.do("do "+do, func() error {
				return action.Execute(&velero.DeleteItemActionExecuteInput{Item: pod(do), Backup: backupObject(nil)})
			})
		}
	})
}

func TestItemBlockAction(t *testing.T) {
	compare(t, probe, func(h *host) {
		action := h.itemBlockAction("item-block-action")
		for _, do := range []string{"", "additional", "echo-backup", "error:not related", "no such command"} {
			h.call("do "+do, func() (any, error) {
				related, err := action.GetRelatedItems(pod(do), backupObject(nil))
				return identifiers(related), err
			})
		}
	})
}

func backupAnswer(
	item runtime.Unstructured, additional []velero.ResourceIdentifier, operation string, post []velero.ResourceIdentifier,
) map[string]any {
	return map[string]any{
		"item":       content(item),
		"additional": identifiers(additional),
		"operation":  operation,
		"post":       identifiers(post),
	}
}

func content(item runtime.Unstructured) any {
	if item, ok := item.(*unstructured.Unstructured); ok && item != nil {
		return item.Object
	}
	return nil
}
