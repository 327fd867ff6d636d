package conformance

import (
	"testing"

	"k8s.io/apimachinery/pkg/runtime/schema"

	v1 "github.com/vmware-tanzu/velero/pkg/apis/velero/v1"
	"github.com/vmware-tanzu/velero/pkg/plugin/velero"
)

func TestRestoreItemAction(t *testing.T) {
	compare(t, probe, func(h *host) {
		action := h.restoreAction("restore-item-action")
		for _, do := range append(itemCommands, "additional", "skip", "item-from-backup", "additional,skip,label:a=b") {
			h.call("do "+do, func() (any, error) {
				output, err := action.Execute(restoreInput(pod(do), restoreObject(nil)))
				return restoreAnswer(output), err
			})
		}
	})
}

func TestRestoreItemActionV2(t *testing.T) {
	compare(t, probe, func(h *host) {
		action := h.restoreActionV2("restore-item-action-v2")
		for _, do := range append(itemCommands,
			"additional", "skip", "item-from-backup", "operation:42", "wait", "ready-timeout:1m30s", "ready-timeout:1.5s",
			"additional,wait,ready-timeout:90s,operation:x,skip") {
			h.call("do "+do, func() (any, error) {
				output, err := action.Execute(restoreInput(pod(do), restoreObject(nil)))
				return restoreAnswer(output), err
			})
		}
	})
}

func TestAreAdditionalItemsReady(t *testing.T) {
	items := []velero.ResourceIdentifier{
		{GroupResource: schema.GroupResource{Resource: "secrets"}, Namespace: "shop", Name: "one"},
		{GroupResource: schema.GroupResource{Group: "apps", Resource: "deployments"}, Namespace: "shop", Name: "two"},
		{GroupResource: schema.GroupResource{Resource: "persistentvolumes"}, Name: "three"},
	}
	compare(t, probe, func(h *host) {
		action := h.restoreActionV2("restore-item-action-v2")
		plain := h.restoreActionV2("restore-without-operations")
		cases := map[string]map[string]string{
			"ready":     {"probe.plugwright.dev/ready": "/secrets/shop/one,apps/deployments/shop/two,/persistentvolumes//three"},
			"not ready": {"probe.plugwright.dev/ready": "others"},
			"error":     {doAnnotation: "error:can't tell"},
			"panic":     {doAnnotation: "panic:can't tell"},
		}
		for _, name := range sorted(cases) {
			restore := restoreObject(func(restore *v1.Restore) { restore.Annotations = cases[name] })
			h.call(name, func() (any, error) { return action.AreAdditionalItemsReady(items, restore) })
		}
		h.call("no items", func() (any, error) { return action.AreAdditionalItemsReady(nil, restoreObject(nil)) })
		h.call("not requested", func() (any, error) { return plain.AreAdditionalItemsReady(items, restoreObject(nil)) })
	})
}

func restoreAnswer(output *velero.RestoreItemActionExecuteOutput) map[string]any {
	if output == nil {
		return nil
	}
	return map[string]any{
		"item":       content(output.UpdatedItem),
		"additional": identifiers(output.AdditionalItems),
		"skip":       output.SkipRestore,
		"operation":  output.OperationID,
		"wait":       output.WaitForAdditionalItems,
		"timeout":    output.AdditionalItemsReadyTimeout,
	}
}
