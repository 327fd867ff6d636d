package conformance

import (
	"testing"

	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/emptypb"

	"github.com/vmware-tanzu/velero/pkg/plugin/velero"
)

// Compares the selectors of plugins with all five fields and with none.
func TestSelectors(t *testing.T) {
	type action interface {
		AppliesTo() (velero.ResourceSelector, error)
	}
	compare(t, probe, func(h *host) {
		actions := map[string]action{
			"backup-item-action":     h.backupAction("backup-item-action"),
			"nothing":                h.backupAction("nothing"),
			"backup-item-action-v2":  h.backupActionV2("backup-item-action-v2"),
			"restore-item-action":    h.restoreAction("restore-item-action"),
			"restore-item-action-v2": h.restoreActionV2("restore-item-action-v2"),
			"delete-item-action":     h.deleteAction("delete-item-action"),
			"item-block-action":      h.itemBlockAction("item-block-action"),
		}
		for _, name := range sorted(actions) {
			h.call(name, func() (any, error) { return actions[name].AppliesTo() })
		}
	})
}

// Velero 1.0 and 1.1 crash on an AppliesTo response without ResourceSelector, 1.11 to 1.18 on a Progress response without
// progress. Both must be sent even if they are empty.
func TestFieldsThatHostsRelyOn(t *testing.T) {
	plugins := map[string]string{
		"/generated.BackupItemAction/AppliesTo":  "nothing",
		"/v2.BackupItemAction/AppliesTo":         "backup-without-operations",
		"/v2.RestoreItemAction/AppliesTo":        "restore-without-operations",
		"/generated.RestoreItemAction/AppliesTo": "restore-item-action",
		"/generated.DeleteItemAction/AppliesTo":  "delete-item-action",
		"/v1.ItemBlockAction/AppliesTo":          "item-block-action",
		"/v2.BackupItemAction/Progress":          "backup-item-action-v2",
		"/v2.RestoreItemAction/Progress":         "restore-item-action-v2",
	}
	compareRaw(t, probe, func(raw *rawPlugin) {
		for _, method := range methods() {
			plugin, wanted := plugins[method.name]
			if !wanted {
				continue
			}
			raw.call(method.name, func() (any, error) {
				// A message without fields keeps the response's bytes.
				answer := &emptypb.Empty{}
				err := raw.conn.Invoke(limited(t), method.name, method.request("probe.plugwright.dev/"+plugin), answer)
				return hasField1(answer), err
			})
		}
	})
}

func hasField1(answer proto.Message) bool {
	bytes := answer.ProtoReflect().GetUnknown()
	number, kind, length := protowire.ConsumeTag(bytes)
	return length > 0 && number == 1 && kind == protowire.BytesType
}
