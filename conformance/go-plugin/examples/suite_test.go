package examples

import (
	"bytes"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"

	"plugwright.dev/conformance/go-plugin/suite"
)

// Runs go-plugin's own tests with our program as the helper process. The tests start their own binary by argv[0]
// (plugin_test.go, helperProcess), so another argv[0] replaces it.

// leftOut are the tests that do not apply to our plugin process, each with the reason.
var leftOut = map[string]string{
	"TestClient_TLS":                     "the plugin has its own certificates (TLSProvider), which our server does not support",
	"TestClient_TLS_grpc":                "as TestClient_TLS",
	"TestClient_legacyClient":            "as TestClient_TLS: expects that a plugin with TLS rejects a connection without TLS",
	"TestClient_legacyServer":            "as TestClient_legacyClient",
	"TestClient_logStderr":               "starts no process",
	"TestClient_logStderrParseJSON":      "starts no process",
	"TestClient_App":                     "starts no process",
	"TestClient_syncStreams":             "starts no process",
	"TestClient_cmdAndReattach":          "starts no process",
	"TestClient_reattachNotFound":        "starts no process",
	"TestClient_secureConfigAndReattach": "starts no process",
}

var listed = regexp.MustCompile(`(?m)^(TestClient\w*|TestServerLogPanic)$`)

func TestSuite(t *testing.T) {
	names := runSuite(t, suite.Theirs.Program(t, suite.Helper), "-test.list=.")
	tests := listed.FindAllString(names, -1)
	if len(tests) < 30 {
		t.Fatalf("expected go-plugin's tests, found %v", tests)
	}
	for _, test := range tests {
		if _, left := leftOut[test]; left {
			continue
		}
		t.Run(test, func(t *testing.T) {
			output := runSuite(t, suite.Ours.Program(t, suite.Helper), "-test.v", "-test.run=^"+test+"$")
			if !strings.Contains(output, "\n--- PASS: "+test+" ") && !strings.HasPrefix(output, "--- PASS: "+test+" ") {
				t.Errorf("%s was not run:\n%s", test, output)
			}
		})
	}
	for test := range leftOut {
		if !strings.Contains(names, test+"\n") {
			t.Errorf("%s is left out, and not one of go-plugin's tests", test)
		}
	}
}

// runSuite runs go-plugin's test binary with process as argv[0].
func runSuite(t *testing.T, process string, args ...string) string {
	t.Helper()
	var output bytes.Buffer
	command := exec.Command(suite.Theirs.Program(t, suite.Helper))
	command.Args = append([]string{process}, args...)
	command.Dir = t.TempDir()
	// One of the tests expects the stack of a panic.
	command.Env = append(os.Environ(), "RUST_BACKTRACE=1")
	command.Stdout, command.Stderr = &output, &output
	if err := command.Run(); err != nil {
		t.Errorf("%v: %v\n%s", args, err, &output)
	}
	return output.String()
}
