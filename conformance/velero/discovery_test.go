package conformance

import (
	"slices"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"

	"github.com/vmware-tanzu/velero/pkg/plugin/framework/common"
	"github.com/vmware-tanzu/velero/pkg/plugin/generated"
)

// Velero's registry discovers all kinds of one binary, with the file to start.
func TestDiscovery(t *testing.T) {
	for _, file := range []binary{probe, example} {
		t.Run(string(file), func(t *testing.T) {
			compare(t, file, func(h *host) {
				for _, kind := range kinds() {
					var names []string
					for _, plugin := range h.registry.List(kind) {
						names = append(names, plugin.Name)
						if plugin.Command != h.side.path(file) {
							t.Errorf("%s: command of %s is %s", h.side.name, plugin.Name, plugin.Command)
						}
					}
					if len(names) == 0 {
						t.Errorf("%s: no plugin of kind %s", h.side.name, kind)
					}
					// The registry also lists V1 actions as V2, in random order.
					slices.Sort(names)
					h.note(kind.String(), names)
				}
			})
		})
	}
}

func kinds() []common.PluginKind {
	return []common.PluginKind{
		common.PluginKindObjectStore, common.PluginKindVolumeSnapshotter,
		common.PluginKindBackupItemAction, common.PluginKindBackupItemActionV2,
		common.PluginKindRestoreItemAction, common.PluginKindRestoreItemActionV2,
		common.PluginKindDeleteItemAction, common.PluginKindItemBlockAction,
	}
}

// Names are listed per kind, in byte order. Velero runs actions in the order of the list.
func TestListingOrder(t *testing.T) {
	compareRaw(t, probe, func(raw *rawPlugin) {
		response, err := generated.NewPluginListerClient(raw.conn).ListPlugins(limited(t), &generated.Empty{})
		if err != nil {
			t.Fatal(err)
		}
		byKind := map[string][]string{}
		for _, plugin := range response.Plugins {
			byKind[plugin.Kind] = append(byKind[plugin.Kind], plugin.Name)
		}
		raw.note("names by kind", byKind)
		raw.note("backup actions, v1 before v2", kindsInOrder(response.Plugins, "BackupItemAction"))
		raw.note("restore actions, v1 before v2", kindsInOrder(response.Plugins, "RestoreItemAction"))
		raw.note("unknown fields", len(response.ProtoReflect().GetUnknown()))
	})
}

func kindsInOrder(plugins []*generated.PluginIdentifier, prefix string) []string {
	var kinds []string
	for _, plugin := range plugins {
		if strings.HasPrefix(plugin.Kind, prefix) && !slices.Contains(kinds, plugin.Kind) {
			kinds = append(kinds, plugin.Kind)
		}
	}
	return kinds
}

// An unknown name fails only its call.
func TestUnknownPluginName(t *testing.T) {
	compareRaw(t, probe, func(raw *rawPlugin) {
		for _, method := range methods() {
			for _, name := range []string{"probe.plugwright.dev/unknown", "unknown", ""} {
				request := method.request(name)
				raw.call(method.name+"/"+name, func() (any, error) {
					return nil, raw.invoke(t, method, request)
				})
			}
		}
	})
}

// A binary also serves the kinds that it does not declare, with an error for each call.
func TestKindWithoutPlugins(t *testing.T) {
	compareRaw(t, actions, func(raw *rawPlugin) {
		raw.note("services", servicesOf(t, raw))
		for _, method := range slices.Concat(storeMethods(), snapshotterMethods()) {
			raw.call(method.name, func() (any, error) {
				return nil, raw.invoke(t, method, method.request("e2e.plugwright.dev/store"))
			})
		}
		unknown := raw.conn.Invoke(limited(t), "/generated.PluginLister/Unknown", &generated.Empty{}, &generated.Empty{})
		raw.note("unknown method", failureOf(unknown).Code)
	})
}

// Names are looked up within their kind.
func TestNameOfAnotherKind(t *testing.T) {
	compareRaw(t, probe, func(raw *rawPlugin) {
		for _, method := range methods() {
			name := "probe.plugwright.dev/nothing"
			if strings.HasPrefix(method.name, "/generated.BackupItemAction/") {
				name = "probe.plugwright.dev/item-block-action"
			}
			raw.call(method.name, func() (any, error) {
				return nil, raw.invoke(t, method, method.request(name))
			})
		}
	})
}

func (r *rawPlugin) invoke(t *testing.T, method method, request proto.Message) error {
	t.Helper()
	if method.stream != nil {
		return method.stream(limited(t), r.conn, request)
	}
	return r.conn.Invoke(limited(t), method.name, request, method.response())
}
