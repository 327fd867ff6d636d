package conformance

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	api "github.com/argoproj-labs/argocd-ephemeral-access/api/ephemeral-access/v1alpha1"
)

// policyFile writes a policy with a rule of each kind, and one for a day that is not today in any time zone.
func policyFile(t *testing.T) string {
	t.Helper()
	closed := time.Now().UTC().AddDate(0, 0, 3).Format("Mon")
	text := fmt.Sprintf(`# A policy for the suite.
timeZone: Asia/Kathmandu
ticket:
  annotation: example.com/change
  pattern: CHG-*
rules:
- {name: on call, users: ["*@sre.example.com"], roles: [devops, "read-*"], needsTicket: false}
- {name: another day, users: [ada@example.com], roles: [admin], hours: ["%[1]s 09:00-10:00", "%[1]s,%[1]s 22:00-23:30"], needsTicket: false}
- name: owners
  users: [ada@example.com, "b*b@*.com"]
  roles: [devops]
  projects: [shop, default]
  applications: [cart, other/checkout]
  hours: [Mon-Sun 00:00-24:00]
`, closed)
	return writePolicy(t, filepath.Join(t.TempDir(), "policy.yaml"), text)
}

func writePolicy(t *testing.T, file, text string) string {
	t.Helper()
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

func compareExamples(t *testing.T, file string, scenario func(h *host)) {
	t.Helper()
	t.Parallel()
	examples.compare(t, func(side side) *host { return startHost(t, side, withEnv("ACCESS_POLICY_FILE="+file)) }, scenario)
}

var now = regexp.MustCompile(`\(\w{3} \d\d:\d\d, `)

// decides records the response to a request.
func (h *host) decides(name, user, role string, change func(request *api.AccessRequest)) {
	h.t.Helper()
	request := request("")
	request.Spec.Subject.Username, request.Spec.Role.TemplateRef.Name = user, role
	if change != nil {
		change(request)
	}
	h.call(name, func() (any, error) {
		response, err := h.requester.GrantAccess(request, application())
		if response != nil {
			response.Message = now.ReplaceAllString(response.Message, "(NOW, ")
		}
		return response, err
	})
}

// The example makes the same decisions as its twin, with the same messages.
func TestExamplePolicy(t *testing.T) {
	compareExamples(t, policyFile(t), func(h *host) {
		annotate := func(value string) func(request *api.AccessRequest) {
			return func(request *api.AccessRequest) { request.Annotations["example.com/change"] = value }
		}
		h.decides("on call", "eve@sre.example.com", "devops", nil)
		h.decides("role by glob", "eve@sre.example.com", "read-only", nil)
		h.decides("another role", "eve@sre.example.com", "admin", nil)
		h.decides("nobody", "", "devops", nil)
		h.decides("a longer name", "eve@sre.example.com.evil.org", "devops", nil)
		h.decides("not today", "ada@example.com", "admin", nil)
		h.decides("no ticket", "ada@example.com", "devops", nil)
		h.decides("ticket", "ada@example.com", "devops", annotate("CHG-7"))
		h.decides("empty ticket", "ada@example.com", "devops", annotate(""))
		h.decides("no such ticket", "ada@example.com", "devops", annotate("`soon`\n# now"))
		h.decides("user by glob", "bob@example.com", "devops", annotate("CHG-7"))
		h.decides("markup", "[x](http://evil)`\n# `", "a*b", nil)
		h.decides("another application", "ada@example.com", "devops", func(request *api.AccessRequest) {
			request.Spec.Application.Name = "checkout"
		})
		h.decides("application in its namespace", "ada@example.com", "devops", func(request *api.AccessRequest) {
			request.Spec.Application = api.TargetApplication{Name: "checkout", Namespace: "other"}
			annotate("CHG-7")(request)
		})
		h.decides("half an hour and a bit", "eve@sre.example.com", "devops", func(request *api.AccessRequest) {
			request.Spec.Duration = metav1.Duration{Duration: 30*time.Minute + 1500*time.Millisecond}
		})
		h.decides("granted before", "nobody", "devops", func(request *api.AccessRequest) {
			request.Status.RequestState = api.GrantedStatus
		})
		h.decides("denied before", "nobody", "devops", func(request *api.AccessRequest) {
			request.Status.RequestState = api.DeniedStatus
		})
		onApplication := application()
		onApplication.Annotations = map[string]string{"example.com/change": "CHG-8"}
		onApplication.Spec.Project = ""
		h.call("ticket on the application, of no project", func() (any, error) {
			request := request("")
			request.Spec.Subject.Username = "ada@example.com"
			return h.requester.GrantAccess(request, onApplication)
		})
		h.call("revocation", func() (any, error) { return h.requester.RevokeAccess(request(""), application()) })
	})
}

// An invalid policy denies access, with the file and line. The next request uses a corrected policy.
func TestExampleWithBrokenPolicy(t *testing.T) {
	file := filepath.Join(t.TempDir(), "policy.yaml")
	compareExamples(t, file, func(h *host) {
		for _, of := range [][2]string{
			{"unknown key", "rules:\n- name: a\n  usrs: [ada]\n  roles: [b]\n"},
			{"unclosed", "rules: [\n"},
			{"no text", "rules: 5\n"},
			{"hours", "rules:\n- name: a\n  users: ['*']\n  roles: ['*']\n  hours: [Someday 09:00-10:00]\n"},
			{"zone", "timeZone: Atlantis/Capital\nrules: []\n"},
		} {
			writePolicy(t, file, of[1])
			response, err := h.requester.GrantAccess(request(""), application())
			if err != nil {
				t.Fatalf("%s: %s: %v", h.side.name, of[0], err)
			}
			h.note(of[0], map[string]any{"status": response.Status, "names the file": strings.Contains(response.Message, file)})
			if h.side.name == "ours" && !selfCheck && !regexp.MustCompile(`line \d+, column \d+: `).MatchString(response.Message) {
				t.Errorf("%s: no source location in %s", of[0], response.Message)
			}
		}
		writePolicy(t, file, "rules: [{name: all, users: ['*'], roles: ['*']}]\n")
		h.decides("corrected", "ada", "devops", nil)
		if err := os.Remove(file); err != nil {
			t.Fatal(err)
		}
		response, err := h.requester.GrantAccess(request(""), application())
		if err != nil {
			t.Fatal(err)
		}
		h.note("no file", map[string]any{"status": response.Status, "names the file": strings.Contains(response.Message, file)})
	})
}
