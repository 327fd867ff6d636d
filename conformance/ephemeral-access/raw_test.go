package conformance

import (
	"encoding/json"
	"net/rpc"
	"strings"
	"testing"

	goplugin "github.com/hashicorp/go-plugin"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	argocd "github.com/argoproj-labs/argocd-ephemeral-access/api/argoproj/v1alpha1"
	api "github.com/argoproj-labs/argocd-ephemeral-access/api/ephemeral-access/v1alpha1"
	"github.com/argoproj-labs/argocd-ephemeral-access/pkg/plugin"
)

// A rawPlugin dispenses the net/rpc client itself, for calls that EphemeralAccess's client prevents.
type rawPlugin struct{}

func (rawPlugin) Server(*goplugin.MuxBroker) (any, error) { return nil, nil }

func (rawPlugin) Client(_ *goplugin.MuxBroker, client *rpc.Client) (any, error) { return client, nil }

func raw(config *goplugin.ClientConfig) {
	config.Plugins = map[string]goplugin.Plugin{plugin.Key: rawPlugin{}, "unknown": rawPlugin{}, "": rawPlugin{}}
}

func (h *host) raw() *rpc.Client {
	h.t.Helper()
	dispensed, err := h.control().Dispense(plugin.Key)
	if err != nil {
		h.t.Fatal(err)
	}
	return dispensed.(*rpc.Client)
}

// grants checks that the client's stream and the process still work.
func (h *host) grants(name string, client *rpc.Client) {
	h.t.Helper()
	h.call(name, func() (any, error) {
		var response plugin.GrantAccessResponseRPC
		err := client.Call("Plugin.GrantAccess", &plugin.GrantAccessArgsRPC{AccReq: request("granted:yes"), App: application()}, &response)
		return response.Response, err
	})
}

// An unknown plugin is an error. The next plugin is dispensed.
func TestUnknownPluginType(t *testing.T) {
	compareUnstarted(t, func(h *host) {
		for _, name := range []string{"unknown", ""} {
			h.do("dispense "+name, func() error {
				_, err := h.control().Dispense(name)
				return err
			})
		}
		h.grants("the known one", h.raw())
	}, raw)
}

// An unknown method is an error. The next call succeeds.
func TestUnknownMethod(t *testing.T) {
	compareUnstarted(t, func(h *host) {
		client := h.raw()
		for _, method := range []string{"Plugin.Unknown", "Plugin.init", "Unknown.Init", "Plugin", "", "Plugin.GrantAccess.Twice", "Control.Ping"} {
			h.do("call "+method, func() error { return client.Call(method, true, &struct{}{}) })
			h.grants("after "+method, client)
		}
	}, raw)
}

// A second dispense returns a new stream to the same plugin.
func TestDispensedTwice(t *testing.T) {
	compareUnstarted(t, func(h *host) {
		one, other := h.raw(), h.raw()
		h.grants("one", one)
		h.grants("other", other)
		h.do("one is closed", one.Close)
		h.grants("other, then", other)
		h.grants("a third", h.raw())
		h.do("ping", h.control().Ping)
	}, raw)
}

// The argument of a later host has a field that this module's API lacks: Subject.UserId of v1.0.0.
func TestLaterHost(t *testing.T) {
	type subject struct {
		Username string
		UserId   *string
	}
	type spec struct {
		Duration    metav1.Duration
		Role        api.TargetRole
		Application api.TargetApplication
		Subject     subject
	}
	type accessRequest struct {
		metav1.TypeMeta
		metav1.ObjectMeta
		Spec   spec
		Status api.AccessRequestStatus
	}
	type args struct {
		AccReq *accessRequest
		App    *argocd.Application
	}
	compareUnstarted(t, func(h *host) {
		client := h.raw()
		id, empty := "a1b2", ""
		for _, of := range []struct {
			name   string
			userID *string
		}{{"id", &id}, {"empty id", &empty}, {"no id", nil}} {
			usual := request("")
			later := accessRequest{TypeMeta: usual.TypeMeta, ObjectMeta: usual.ObjectMeta}
			later.Spec = spec{Subject: subject{Username: "ada", UserId: of.userID}}
			h.call(of.name, func() (any, error) {
				var response plugin.GrantAccessResponseRPC
				err := client.Call("Plugin.GrantAccess", &args{AccReq: &later, App: application()}, &response)
				if err != nil || response.Err != nil {
					return response.Err, err
				}
				var seen struct {
					AccessRequest struct{ Spec struct{ Subject any } }
				}
				err = json.Unmarshal([]byte(response.Response.Message), &seen)
				return seen.AccessRequest.Spec.Subject, err
			})
		}
	}, raw)
}

// An invalid argument is an error. The stream remains usable.
func TestWrongArguments(t *testing.T) {
	type number struct{ AccReq int }
	type inner struct{ Spec string }
	type outer struct{ AccReq *inner }
	type other struct{ Something string }
	compareUnstarted(t, func(h *host) {
		client := h.raw()
		for _, of := range []struct {
			name string
			args any
		}{
			{"text", "text"}, {"number for an object", number{5}}, {"text for a struct", outer{&inner{"spec"}}},
			{"no field of it", other{"x"}}, {"list", []string{"a"}},
		} {
			h.do(of.name, func() error {
				var response plugin.GrantAccessResponseRPC
				if err := client.Call("Plugin.GrantAccess", of.args, &response); err != nil {
					return err
				}
				return response.Err
			})
			h.grants("after "+of.name, client)
		}
	}, raw)
}

// Output of the plugin's code reaches the host, and affects neither the handshake nor calls.
func TestPrints(t *testing.T) {
	compare(t, func(h *host) {
		for _, text := range []string{"one", "two"} {
			h.both("print "+text, request("print:"+text), application())
		}
		const expected = "a line for stdout: one\na line for stdout: one\na line for stdout: two\na line for stdout: two\n"
		eventually(t, "the lines on stdout", func() bool { return len(h.stdout.String()) >= len(expected) })
		h.note("stdout", h.stdout.String())
		eventually(t, "the lines on stderr", func() bool {
			return strings.Contains(h.syncedStderr.String()+h.stderr.String(), "a line for stderr: two")
		})
	})
}
