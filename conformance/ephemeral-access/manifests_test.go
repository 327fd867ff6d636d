package conformance

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"gopkg.in/yaml.v2"
)

// The example's component applies to EphemeralAccess's own manifests, and the controller finds the plugin and the policy.
func TestExampleManifests(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("kubectl"); err != nil {
		t.Skip("kubectl is not installed")
	}
	module, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/argoproj-labs/argocd-ephemeral-access").Output()
	if err != nil {
		t.Fatal(err)
	}
	// kustomize reads only files in its folder.
	dir := t.TempDir()
	if err := os.CopyFS(filepath.Join(dir, "config"), os.DirFS(filepath.Join(strings.TrimSpace(string(module)), "config"))); err != nil {
		t.Fatal(err)
	}
	if err := os.CopyFS(filepath.Join(dir, "plugin"), os.DirFS("../../examples/ephemeral-access/manifests/plugin")); err != nil {
		t.Fatal(err)
	}
	writePolicy(t, filepath.Join(dir, "kustomization.yaml"), "resources: [config/default]\ncomponents: [plugin]\n")
	rendered, err := exec.Command("kubectl", "kustomize", dir).CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, rendered)
	}

	deployment := document(t, rendered, "Deployment", "controller")
	if len(deployment.Spec.Template.Spec.Containers) != 1 {
		t.Fatalf("the patch does not apply to the controller's container: %+v", deployment)
	}
	controller := deployment.Spec.Template.Spec.Containers[0]
	installer := deployment.Spec.Template.Spec.InitContainers[0]
	env := map[string]string{}
	for _, variable := range controller.Env {
		env[variable.Name] = variable.Value
	}
	if expected := filepath.Join(controller.mountOf("plugins"), filepath.Base(examples[1].path)); env["EPHEMERAL_PLUGIN_PATH"] != expected {
		t.Errorf("EPHEMERAL_PLUGIN_PATH: got %s, want %s", env["EPHEMERAL_PLUGIN_PATH"], expected)
	}
	if installer.mountOf("plugins") != "/target" {
		t.Errorf("`install` copies to /target, which is not the volume: %+v", installer)
	}
	if expected := filepath.Join(controller.mountOf("access-policy"), "policy.yaml"); env["ACCESS_POLICY_FILE"] != expected {
		t.Errorf("ACCESS_POLICY_FILE: got %s, want %s", env["ACCESS_POLICY_FILE"], expected)
	}
	policy := document(t, rendered, "ConfigMap", "access-policy")
	if policy.Data["policy.yaml"] == "" || policy.Metadata.Namespace != deployment.Metadata.Namespace {
		t.Errorf("the policy is not in the controller's namespace: %+v", policy)
	}
}

type object struct {
	Kind     string
	Metadata struct{ Name, Namespace string }
	Data     map[string]string
	Spec     struct {
		Template struct {
			Spec struct {
				Containers     []container
				InitContainers []container `yaml:"initContainers"`
			}
		}
	}
}

type container struct {
	Name         string
	Env          []struct{ Name, Value string }
	VolumeMounts []struct {
		Name      string
		MountPath string `yaml:"mountPath"`
	} `yaml:"volumeMounts"`
}

func (c container) mountOf(volume string) string {
	for _, mount := range c.VolumeMounts {
		if mount.Name == volume {
			return mount.MountPath
		}
	}
	return ""
}

func document(t *testing.T, rendered []byte, kind, name string) object {
	t.Helper()
	for text := range strings.SplitSeq(string(rendered), "\n---\n") {
		var object object
		// Other kinds have other types of fields; ignore errors.
		_ = yaml.Unmarshal([]byte(text), &object)
		if object.Kind == kind && object.Metadata.Name == name {
			return object
		}
	}
	t.Fatalf("%s %s not found", kind, name)
	return object{}
}
