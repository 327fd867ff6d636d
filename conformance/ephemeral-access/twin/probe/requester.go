package main

import (
	"os"

	argocd "github.com/argoproj-labs/argocd-ephemeral-access/api/argoproj/v1alpha1"
	api "github.com/argoproj-labs/argocd-ephemeral-access/api/ephemeral-access/v1alpha1"
	"github.com/argoproj-labs/argocd-ephemeral-access/pkg/plugin"
)

const annotation = "probe.plugwright.dev/do"

type requester struct {
	script
}

// Init has no argument, so the environment contains the commands.
func (r *requester) Init() error {
	return r.each(os.Getenv("PROBE_INIT"), unknown)
}

func (r *requester) GrantAccess(request *api.AccessRequest, application *argocd.Application) (*plugin.GrantResponse, error) {
	response := &plugin.GrantResponse{Status: plugin.GrantStatusGranted, Message: echo(request, application)}
	err := r.each(wish(request), func(verb, argument string) error {
		switch verb {
		case "granted":
			response = &plugin.GrantResponse{Status: plugin.GrantStatusGranted, Message: argument}
		case "pending":
			response = &plugin.GrantResponse{Status: plugin.GrantStatusPending, Message: argument}
		case "denied":
			response = &plugin.GrantResponse{Status: plugin.GrantStatusDenied, Message: argument}
		default:
			return unknown(verb, argument)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return response, nil
}

func (r *requester) RevokeAccess(request *api.AccessRequest, application *argocd.Application) (*plugin.RevokeResponse, error) {
	response := &plugin.RevokeResponse{Status: plugin.RevokeStatusRevoked, Message: echo(request, application)}
	err := r.each(wish(request), func(verb, argument string) error {
		switch verb {
		case "revoked":
			response = &plugin.RevokeResponse{Status: plugin.RevokeStatusRevoked, Message: argument}
		case "pending":
			response = &plugin.RevokeResponse{Status: plugin.RevokeStatusPending, Message: argument}
		case "nothing":
			response = nil
		default:
			return unknown(verb, argument)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return response, nil
}

func wish(request *api.AccessRequest) string {
	if request == nil {
		return ""
	}
	return request.Annotations[annotation]
}
