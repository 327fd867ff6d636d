// Bench measures the example access requester in Rust and in Go, with the client code of EphemeralAccess and go-plugin.
package main

import (
	"fmt"
	"os"
	"strings"
	"time"

	hclog "github.com/hashicorp/go-hclog"
	goplugin "github.com/hashicorp/go-plugin"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	argocd "github.com/argoproj-labs/argocd-ephemeral-access/api/argoproj/v1alpha1"
	api "github.com/argoproj-labs/argocd-ephemeral-access/api/ephemeral-access/v1alpha1"
	"github.com/argoproj-labs/argocd-ephemeral-access/pkg/plugin"

	"plugwright.dev/bench/table"
)

func main() {
	// Disable log records, because their cost is mostly the host's.
	os.Setenv("EPHEMERAL_LOG_LEVEL", "error")
	table.Main([]table.Measure{
		table.Single(table.Figure{Name: "start to dispensed", Unit: "ms", Less: true}, 21, startToDispensed),
		table.Single(table.Figure{Name: "start to handshake line", Unit: "ms", Less: true}, 21, startToLine),
		table.Single(table.Figure{Name: "memory after the first call", Unit: "MiB", Less: true}, 5, memoryAfterCall),
		table.Single(table.Figure{Name: "size of the stripped binary", Unit: "MiB", Less: true}, 1, table.Size),
		table.Single(table.Figure{Name: "GrantAccess, one after the other", Unit: "calls/s"}, 5, grants(1)),
		table.Single(table.Figure{Name: "GrantAccess, 8 concurrent", Unit: "calls/s"}, 5, grants(8)),
		table.Single(table.Figure{Name: "GrantAccess with a 1 MiB object", Unit: "calls/s"}, 5, largeGrants),
	}, nil)
}

// host is a plugin process, started as by the controller (cmd/controller/controller.go, initPlugin).
type host struct {
	client    *goplugin.Client
	requester plugin.AccessRequester
}

func startHost(binary string) (*host, error) {
	client := goplugin.NewClient(plugin.NewClientConfig(binary, hclog.NewNullLogger()))
	requester, err := plugin.GetAccessRequester(client)
	if err == nil {
		err = requester.Init()
	}
	if err != nil {
		client.Kill()
		return nil, err
	}
	return &host{client: client, requester: requester}, nil
}

func (h *host) grant(request *api.AccessRequest) error {
	response, err := h.requester.GrantAccess(request, application)
	if err == nil && response.Status != plugin.GrantStatusGranted {
		err = fmt.Errorf("expected granted, found %+v", response)
	}
	return err
}

// startToDispensed measures the time until Init returns, for which the controller waits when it starts.
func startToDispensed(binary string) (float64, error) {
	start := time.Now()
	host, err := startHost(binary)
	if err != nil {
		return 0, err
	}
	took := table.Milliseconds(start)
	host.client.Kill()
	return took, nil
}

func startToLine(binary string) (float64, error) {
	return table.StartToLine(binary, "EPHEMERAL_ACCESS_PLUGIN=ephemeralaccess", "PLUGIN_PROTOCOL_VERSIONS=1")
}

func memoryAfterCall(binary string) (float64, error) {
	host, err := startHost(binary)
	if err != nil {
		return 0, err
	}
	defer host.client.Kill()
	if err := host.grant(request()); err != nil {
		return 0, err
	}
	return table.Memory(host.client.ReattachConfig().Pid)
}

// calling is the duration of the calls for a figure.
const calling = 800 * time.Millisecond

// grants makes calls from several goroutines.
func grants(workers int) func(string) (float64, error) {
	return func(binary string) (float64, error) {
		host, err := startHost(binary)
		if err != nil {
			return 0, err
		}
		defer host.client.Kill()
		return perSecond(workers, func() error { return host.grant(request()) })
	}
}

func largeGrants(binary string) (float64, error) {
	host, err := startHost(binary)
	if err != nil {
		return 0, err
	}
	defer host.client.Kill()
	large := request()
	for n := range 1024 {
		large.Annotations[fmt.Sprintf("key-%04d", n)] = strings.Repeat("x", 1010)
	}
	return perSecond(1, func() error { return host.grant(large) })
}

func perSecond(workers int, call func() error) (float64, error) {
	if _, err := table.AtOnce(workers, calling/10, call); err != nil {
		return 0, err
	}
	calls, err := table.AtOnce(workers, calling, call)
	return calls.PerSecond, err
}

// request returns a request of typical size.
func request() *api.AccessRequest {
	friendly := "Devops (write)"
	return &api.AccessRequest{
		TypeMeta: metav1.TypeMeta{APIVersion: "ephemeral-access.argoproj-labs.io/v1alpha1", Kind: "AccessRequest"},
		ObjectMeta: metav1.ObjectMeta{
			Name: "cart-ada", Namespace: "argocd", UID: "6fd0b4a6-77a1-4a4a-8d36-1f5dd0f6f7a8", ResourceVersion: "123456",
			CreationTimestamp: metav1.NewTime(time.Unix(1_777_777_777, 0)), Finalizers: []string{"accessrequest.ephemeral-access/finalizer"},
			Annotations: map[string]string{"example.com/change-ticket": "CHG-7"},
		},
		Spec: api.AccessRequestSpec{
			Duration: metav1.Duration{Duration: time.Hour},
			Role: api.TargetRole{
				TemplateRef: api.TargetRoleTemplate{Name: "devops", Namespace: "argocd"}, Ordinal: 1, FriendlyName: &friendly,
			},
			Application: api.TargetApplication{Name: "cart", Namespace: "argocd"},
			Subject:     api.Subject{Username: "ada@example.com"},
		},
		Status: api.AccessRequestStatus{RequestState: api.RequestedStatus, TargetProject: "shop"},
	}
}

var application = &argocd.Application{
	TypeMeta:   metav1.TypeMeta{APIVersion: "argoproj.io/v1alpha1", Kind: "Application"},
	ObjectMeta: metav1.ObjectMeta{Name: "cart", Namespace: "argocd", Labels: map[string]string{"tier": "front"}},
	Spec:       argocd.ApplicationSpec{Project: "shop"},
}
