// Command example is the twin of examples/ephemeral-access: the same policy in Go, on EphemeralAccess's own packages.
package main

import (
	"fmt"
	"os"
	"time"
	// Embeds the time zones, like the Rust binary.
	_ "time/tzdata"

	"github.com/hashicorp/go-hclog"
	goplugin "github.com/hashicorp/go-plugin"

	argocd "github.com/argoproj-labs/argocd-ephemeral-access/api/argoproj/v1alpha1"
	api "github.com/argoproj-labs/argocd-ephemeral-access/api/ephemeral-access/v1alpha1"
	"github.com/argoproj-labs/argocd-ephemeral-access/pkg/log"
	"github.com/argoproj-labs/argocd-ephemeral-access/pkg/plugin"
)

type policyPlugin struct {
	log  hclog.Logger
	file string
}

func (p *policyPlugin) Init() error {
	policy, err := readPolicy(p.file)
	if err != nil {
		p.log.Error("the access policy is invalid; denying all requests", "error", err)
		return nil
	}
	p.log.Info("loaded the access policy", "file", p.file, "rules", len(policy.Rules))
	return nil
}

func (p *policyPlugin) GrantAccess(request *api.AccessRequest, application *argocd.Application) (*plugin.GrantResponse, error) {
	if request.Status.RequestState == api.GrantedStatus {
		return &plugin.GrantResponse{Status: plugin.GrantStatusGranted}, nil
	}
	policy, err := readPolicy(p.file)
	if err != nil {
		p.log.Error("the access policy is invalid", "error", err)
		message := "**Denied:** the access policy is invalid. Please contact its administrators:\n\n" + code(err.Error())
		return &plugin.GrantResponse{Status: plugin.GrantStatusDenied, Message: message}, nil
	}
	answer := policy.decide(request, application, time.Now())
	p.log.Info("decided", "answer", answer.Status)
	return answer, nil
}

func (p *policyPlugin) RevokeAccess(*api.AccessRequest, *argocd.Application) (*plugin.RevokeResponse, error) {
	return nil, nil
}

func main() {
	logger, err := log.NewPluginLogger()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	file := os.Getenv("ACCESS_POLICY_FILE")
	if file == "" {
		file = "/etc/access-policy/policy.yaml"
	}
	goplugin.Serve(plugin.NewServerConfig(&policyPlugin{log: logger, file: file}, logger))
}
