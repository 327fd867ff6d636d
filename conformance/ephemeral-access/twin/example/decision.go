package main

import (
	"fmt"
	"strings"
	"time"

	argocd "github.com/argoproj-labs/argocd-ephemeral-access/api/argoproj/v1alpha1"
	api "github.com/argoproj-labs/argocd-ephemeral-access/api/ephemeral-access/v1alpha1"
	"github.com/argoproj-labs/argocd-ephemeral-access/pkg/plugin"
)

func (p *policy) decide(request *api.AccessRequest, application *argocd.Application, now time.Time) *plugin.GrantResponse {
	now = now.In(p.zone)
	project := application.Spec.Project
	if project == "" {
		project = "default"
	}
	target := request.Spec.Application
	fullName := target.Namespace + "/" + target.Name
	what := fmt.Sprintf("%s the role %s on the application %s of the project %s", code(request.Spec.Subject.Username),
		code(request.Spec.Role.TemplateRef.Name), code(fullName), code(project))

	var pending *plugin.GrantResponse
	var closed strings.Builder
	any := false
	for _, rule := range p.Rules {
		if !matchesAny(rule.Users, request.Spec.Subject.Username) || !matchesAny(rule.Roles, request.Spec.Role.TemplateRef.Name) ||
			!matchesAny(rule.Projects, project) || !matchesAny(rule.Applications, target.Name, fullName) {
			continue
		}
		any = true
		if !rule.open(now) {
			for _, hours := range rule.Hours {
				fmt.Fprintf(&closed, "- %s (%s)\n", hours.text, code(rule.Name))
			}
			continue
		}
		with := ""
		if p.Ticket != nil && (rule.NeedsTicket == nil || *rule.NeedsTicket) {
			value := request.Annotations[p.Ticket.Annotation]
			if value == "" {
				value = application.Annotations[p.Ticket.Annotation]
			}
			if value == "" || !matches(p.Ticket.Pattern, value) {
				pending = p.Ticket.missing(value, request)
				continue
			}
			with = ", with the ticket " + code(value)
		}
		message := fmt.Sprintf("Granted for %s by the rule %s%s.", request.Spec.Duration.Duration, code(rule.Name), with)
		return &plugin.GrantResponse{Status: plugin.GrantStatusGranted, Message: message}
	}
	switch {
	case pending != nil:
		return pending
	case any:
		return denied(fmt.Sprintf("**Denied:** a rule grants %s, but not now (%s, %s):\n\n%s", what, now.Format("Mon 15:04"), p.zone, &closed))
	default:
		return denied(fmt.Sprintf("**Denied:** no rule grants %s.", what))
	}
}

func (r *rule) open(now time.Time) bool {
	for i := range r.Hours {
		if r.Hours[i].contain(now) {
			return true
		}
	}
	return len(r.Hours) == 0
}

func (t *ticket) missing(value string, request *api.AccessRequest) *plugin.GrantResponse {
	begin := "**Waiting for a change ticket.**"
	if value != "" {
		begin = fmt.Sprintf("**Waiting for a change ticket:** %s does not match %s.", code(value), code(t.Pattern))
	}
	message := fmt.Sprintf("%s Put its number into the annotation %s of this request, or of the application:\n\n"+
		"    kubectl annotate --overwrite -n %s accessrequest %s %s=%s", begin, code(t.Annotation), request.Namespace, request.Name,
		t.Annotation, t.Pattern)
	return &plugin.GrantResponse{Status: plugin.GrantStatusPending, Message: message}
}

func denied(message string) *plugin.GrantResponse {
	return &plugin.GrantResponse{Status: plugin.GrantStatusDenied, Message: message}
}

// code formats untrusted text, so that it is not interpreted as markup.
func code(text string) string {
	return "`" + strings.NewReplacer("`", "'", "\n", " ", "\r", " ").Replace(text) + "`"
}
