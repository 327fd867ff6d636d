package conformance

import (
	"strings"
	"testing"

	"github.com/vmware-tanzu/velero/pkg/plugin/generated"
)

// A changed item keeps all other values. Their spelling may differ.
func TestChangedItemsKeepTheRest(t *testing.T) {
	items := map[string]string{
		"numbers":      `{"kind":"X","n":[0,-0,1.0,1e3,1E-3,9007199254740993,0.1,123456789.123456789,-5,4e15,1e21]}`,
		"escapes":      `{"kind":"X","s":["<&>","\u2028","\ud83d\ude00","\u0000","\\","\/","\t"]}`,
		"empties":      `{"kind":"X","o":{},"l":[],"s":"","n":null,"f":false}`,
		"same names":   `{"kind":"X","x":{"kind":"inner","metadata":{"labels":{"a":"b"}}}}`,
		"odd names":    `{"kind":"X","":1,"a/b":2,"~":3,"a.b":4,"ü":5,"\"":6}`,
		"no metadata":  `{"kind":"X"}`,
		"api group":    `{"apiVersion":"velero.io/v1","kind":"X","metadata":{"name":"n","namespace":"ns","uid":"u"}}`,
		"null entries": `{"kind":"X","metadata":{"annotations":null,"labels":null,"name":"n"}}`,
	}
	compareRaw(t, probe, func(raw *rawPlugin) {
		client := generated.NewBackupItemActionClient(raw.conn)
		for _, name := range sorted(items) {
			for _, do := range []string{"label:a=b", "echo-item", "set:/added/here=1"} {
				item := withDoInBytes(items[name], do)
				raw.call(name+" "+do, func() (any, error) {
					answer, err := client.Execute(limited(t), &generated.ExecuteRequest{
						Plugin: "probe.plugwright.dev/backup-item-action", Item: []byte(item), Backup: aBackup,
					})
					if err != nil {
						return nil, err
					}
					return fromJSON(t, answer.Item), nil
				})
			}
		}
	})
}

// withDoInBytes adds the annotation, without decoding the item.
func withDoInBytes(item, do string) string {
	annotation := `"probe.plugwright.dev/do":"` + do + `"`
	switch {
	case strings.Contains(item, `"annotations":null`):
		return strings.Replace(item, `"annotations":null`, `"annotations":{`+annotation+`}`, 1)
	case strings.Contains(item, `"metadata":{"name"`):
		return strings.Replace(item, `"metadata":{"name"`, `"metadata":{"annotations":{`+annotation+`},"name"`, 1)
	default:
		return strings.Replace(item, `"kind":"X"`, `"kind":"X","metadata":{"annotations":{`+annotation+`}}`, 1)
	}
}

// An item of 3 MiB is returned, changed and unchanged.
func TestLargeItem(t *testing.T) {
	filler := strings.Repeat("0123456789abcdef", 3<<20/16)
	compare(t, probe, func(h *host) {
		for _, do := range []string{"", "label:a=b"} {
			item := pod(do)
			item.Object["data"] = filler
			h.call("backup "+do, func() (any, error) {
				answer, _, err := h.backupAction("backup-item-action").Execute(item, backupObject(nil))
				return content(answer), err
			})
			h.call("restore "+do, func() (any, error) {
				answer, err := h.restoreActionV2("restore-item-action-v2").Execute(restoreInput(item, restoreObject(nil)))
				return restoreAnswer(answer), err
			})
		}
	})
}
