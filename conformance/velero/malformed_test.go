package conformance

import (
	"testing"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// objectBytes are malformed and unusual values for fields with a Kubernetes object.
var objectBytes = map[string]string{
	"nothing":         "",
	"null":            "null",
	"empty object":    "{}",
	"list":            "[]",
	"text":            `"text"`,
	"number":          "7",
	"cut off":         `{"kind":"Pod","metadata":{`,
	"no JSON":         "kind: Pod",
	"trailing":        `{"kind":"Pod"} {}`,
	"kind only":       `{"kind":"Pod"}`,
	"no kind":         `{"apiVersion":"v1","metadata":{"name":"x"}}`,
	"empty kind":      `{"apiVersion":"v1","kind":""}`,
	"kind no text":    `{"apiVersion":"v1","kind":7}`,
	"spaces":          " \n {\"kind\" : \"Pod\"} \n",
	"no UTF-8":        "{\"kind\":\"Pod\",\"x\":\"\xff\xfe\"}",
	"deep":            deep(400),
	"too deep":        deep(20000),
	"huge number":     `{"kind":"Pod","x":1e400}`,
	"long number":     `{"kind":"Pod","x":123456789012345678901234567890}`,
	"duplicate":       `{"kind":"Pod","x":1,"x":2}`,
	"escaped":         `{"kind":"Pod","x":"\u00fc\ud83d\ude00\/\u0000"}`,
	"lone surrogate":  `{"kind":"Pod","x":"\ud800"}`,
	"odd metadata":    `{"kind":"Pod","metadata":[]}`,
	"odd annotations": `{"kind":"Pod","metadata":{"annotations":[]}}`,
	"list kind":       `{"kind":"PodList","items":[{"kind":"Pod"}]}`,
	"byte order mark": "\xef\xbb\xbf{\"kind\":\"Pod\"}",
}

func deep(levels int) string {
	text := make([]byte, 0, 2*levels+64)
	text = append(text, `{"kind":"Pod","x":`...)
	for range levels {
		text = append(text, '[')
	}
	for range levels {
		text = append(text, ']')
	}
	return string(append(text, '}'))
}

// objectMethods maps each method with an object to a plugin that does nothing.
var objectMethods = map[string]string{
	"/generated.BackupItemAction/Execute":           "nothing",
	"/v2.BackupItemAction/Execute":                  "backup-without-operations",
	"/v2.BackupItemAction/Progress":                 "backup-item-action-v2",
	"/v2.BackupItemAction/Cancel":                   "backup-item-action-v2",
	"/generated.RestoreItemAction/Execute":          "restore-item-action",
	"/v2.RestoreItemAction/Execute":                 "restore-without-operations",
	"/v2.RestoreItemAction/Progress":                "restore-item-action-v2",
	"/v2.RestoreItemAction/Cancel":                  "restore-item-action-v2",
	"/v2.RestoreItemAction/AreAdditionalItemsReady": "restore-item-action-v2",
	"/generated.DeleteItemAction/Execute":           "delete-item-action",
	"/v1.ItemBlockAction/GetRelatedItems":           "item-block-action",
	"/generated.VolumeSnapshotter/GetVolumeID":      "volume-snapshotter",
	"/generated.VolumeSnapshotter/SetVolumeID":      "volume-snapshotter",
}

// Malformed and unusual objects affect only their call. An unchanged item is returned byte for byte.
func TestMalformedObjects(t *testing.T) {
	compareRaw(t, probe, func(raw *rawPlugin) {
		if err := raw.invoke(t, methodCalled("/generated.VolumeSnapshotter/Init"), initSnapshotter()); err != nil {
			t.Fatal(err)
		}
		for _, method := range methods() {
			plugin, wanted := objectMethods[method.name]
			if !wanted {
				continue
			}
			for _, field := range []string{"item", "itemFromBackup", "backup", "restore", "persistentVolume"} {
				for _, what := range sorted(objectBytes) {
					if (field == "backup" || field == "restore") && !forTyped(what) {
						continue
					}
					request := method.request("probe.plugwright.dev/" + plugin)
					if !setBytes(request, field, objectBytes[what]) {
						break
					}
					raw.call(method.name+" "+field+" "+what, func() (any, error) {
						answer := method.response()
						err := raw.conn.Invoke(limited(t), method.name, request, answer)
						return objectIn(answer), err
					})
				}
			}
		}
	})
}

// forTyped excludes cases that are only tested for items: serde accepts a list for a struct, and ignores the content of unknown
// fields. No host's encoder writes either.
func forTyped(what string) bool {
	return what != "odd metadata" && what != "too deep"
}

func methodCalled(name string) method {
	for _, method := range methods() {
		if method.name == name {
			return method
		}
	}
	panic("no method " + name)
}

func initSnapshotter() proto.Message {
	return methodCalled("/generated.VolumeSnapshotter/Init").request("probe.plugwright.dev/volume-snapshotter")
}

// setBytes sets a field of the request by its case-insensitive name. It returns false if the field does not exist.
func setBytes(request proto.Message, name, value string) bool {
	message := request.ProtoReflect()
	field := message.Descriptor().Fields().ByJSONName(name)
	if field == nil {
		return false
	}
	message.Set(field, protoreflect.ValueOfBytes([]byte(value)))
	return true
}

// objectIn returns the object in a response as text, byte for byte.
func objectIn(answer proto.Message) any {
	message := answer.ProtoReflect()
	for _, name := range []string{"item", "persistentVolume"} {
		if field := message.Descriptor().Fields().ByJSONName(name); field != nil {
			return string(message.Get(field).Bytes())
		}
	}
	return nil
}
