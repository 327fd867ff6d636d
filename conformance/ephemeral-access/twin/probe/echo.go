package main

import (
	"encoding/json"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	argocd "github.com/argoproj-labs/argocd-ephemeral-access/api/argoproj/v1alpha1"
	api "github.com/argoproj-labs/argocd-ephemeral-access/api/ephemeral-access/v1alpha1"
)

// echo returns the received objects as JSON. Kubernetes writes times in seconds, so exact times are added in separate fields.
func echo(request *api.AccessRequest, application *argocd.Application) string {
	encoded, err := json.Marshal(map[string]any{
		"accessRequest": request,
		"application":   application,
		"moments":       moments(request),
	})
	if err != nil {
		return err.Error()
	}
	return string(encoded)
}

func moments(request *api.AccessRequest) []string {
	found := []string{}
	if request == nil {
		return found
	}
	add := func(moment *metav1.Time) {
		if moment != nil && !moment.IsZero() {
			found = append(found, moment.UTC().Format(time.RFC3339Nano))
		}
	}
	add(&request.CreationTimestamp)
	add(request.DeletionTimestamp)
	add(request.Status.ExpiresAt)
	for i := range request.Status.History {
		add(&request.Status.History[i].TransitionTime)
	}
	return found
}
