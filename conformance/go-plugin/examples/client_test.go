package examples

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"os"
	"os/exec"
	"strings"
	"testing"

	"plugwright.dev/conformance/go-plugin/suite"
)

// Tests our client with the plugins of each side. A host program in Rust makes the calls in its arguments, and prints
// the responses.

// ourHost runs the host program in a directory, and returns its output and exit status.
func ourHost(t *testing.T, dir string, args ...string) (string, int) {
	t.Helper()
	var output bytes.Buffer
	command := exec.Command(suite.Ours.Program(t, "host"), args...)
	command.Dir = dir
	command.Stdout, command.Stderr = &output, &output
	command.Env = append(os.Environ(), "GO_WANT_HELPER_PROCESS=1")
	err := command.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return output.String(), command.ProcessState.ExitCode()
}

// prints fails the test unless the host succeeds with this output.
func prints(t *testing.T, want string, args ...string) {
	t.Helper()
	if found, code := ourHost(t, t.TempDir(), args...); found != want || code != 0 {
		t.Errorf("%q: expected %q, found exit status %d, %q", args, want, code, found)
	}
}

const ended = "ended: exit status: 0\n"

// clientModes are the options of our host for each mode. Two modes reattach to another client's plugin.
var clientModes = map[string][]string{
	"plain":                     nil,
	"AutoMTLS":                  {"--auto-mtls"},
	"multiplexed":               {"--multiplex"},
	"multiplexed with AutoMTLS": {"--auto-mtls", "--multiplex"},
	"reattached":                {"--reattach"},
}

func inClientModes(t *testing.T, test func(t *testing.T, side suite.Side, options []string)) {
	for name, options := range clientModes {
		t.Run(name, func(t *testing.T) {
			suite.OnBothSides(t, func(t *testing.T, side suite.Side) { test(t, side, options) })
		})
	}
}

func with(options []string, more ...string) []string {
	return append(append([]string{}, options...), more...)
}

func TestClientGreeter(t *testing.T) {
	inClientModes(t, func(t *testing.T, side suite.Side, options []string) {
		prints(t, "1 over netrpc\nHello!\nhealthy\n"+ended, with(options, side.Program(t, suite.Greeter),
			"version", "--", "greeter", "greet", "--", "ping")...)
	})
}

func TestClientKV(t *testing.T) {
	inClientModes(t, func(t *testing.T, side suite.Side, options []string) {
		prints(t, "1 over grpc\nworld\n\nWritten from plugin-go-grpc\n0\n1\n1048576\n3145728\nhealthy\n"+ended,
			with(options, side.Program(t, suite.KV),
				"version", "--", "put", "hello", "world", "--", "get", "hello", "--", "sizes", "large", "--", "ping")...)
		prints(t, "1 over netrpc\nworld\n\nWritten from plugin-go-netrpc\nhealthy\n"+ended,
			with(options, side.Program(t, suite.KVNetRPC),
				"version", "--", "kv", "put", "hello", "world", "--", "kv", "get", "hello", "--", "ping")...)
		found, _ := ourHost(t, t.TempDir(), with(options, side.Program(t, suite.KV), "get", "nothing")...)
		suite.Contains(t, found, "open kv_nothing: no such file or directory")
		found, _ = ourHost(t, t.TempDir(), with(options, side.Program(t, suite.KVNetRPC), "kv", "get", "nothing")...)
		suite.Contains(t, found, "open kv_nothing: no such file or directory")
	})
}

func TestClientCounter(t *testing.T) {
	inClientModes(t, func(t *testing.T, side suite.Side, options []string) {
		if len(options) == 1 && options[0] == "--reattach" && side.IsTheirs() {
			t.Skip("HashiCorp's plugins have their broker connected to the first host only")
		}
		prints(t, "1\n42\n40\n"+ended, with(options, side.Program(t, suite.Counter), "count", "hello", "1", "41", "-2")...)
	})
}

// The host has no server for this number.
func TestClientNobody(t *testing.T) {
	for _, options := range [][]string{nil, {"--multiplex"}} {
		suite.OnBothSides(t, func(t *testing.T, side suite.Side) {
			found, _ := ourHost(t, t.TempDir(), with(options, side.Program(t, suite.Counter), "nobody", "77")...)
			suite.Contains(t, found, "error: ")
			// The plugin continues normally.
			suite.Contains(t, found, ended)
		})
	}
}

func TestClientStreamer(t *testing.T) {
	inClientModes(t, func(t *testing.T, side suite.Side, options []string) {
		text := strings.Repeat("Lorem ipsum dolor sit amet ", 1000)
		prints(t, text+"\n"+ended, with(options, side.Program(t, suite.Streamer), "stream", "file", text, "10")...)
	})
}

func TestClientNegotiates(t *testing.T) {
	suite.OnBothSides(t, func(t *testing.T, side suite.Side) {
		for versions, want := range map[string]string{"2": "2 over netrpc\n", "3": "3 over grpc\n", "1,2": "2 over netrpc\n", "2,3": "3 over grpc\n", "3,4": "3 over grpc\n"} {
			var options []string
			for _, version := range strings.Split(versions, ",") {
				options = append(options, "--version", version)
			}
			prints(t, want+ended, with(options, side.Program(t, suite.Negotiated), "version")...)
		}
	})
}

func TestClientRefuses(t *testing.T) {
	suite.OnBothSides(t, func(t *testing.T, side suite.Side) {
		data, err := os.ReadFile(side.Program(t, suite.KV))
		if err != nil {
			t.Fatal(err)
		}
		right := sha256.Sum256(data)
		prints(t, ended, "--sha256", hex.EncodeToString(right[:]), side.Program(t, suite.KV))
		wrong := sha256.Sum256(data[1:])
		for _, refused := range []struct {
			options []string
			said    []string
		}{
			{[]string{"--sha256", hex.EncodeToString(wrong[:])}, []string{"expected the SHA-256 " + hex.EncodeToString(wrong[:]), "found " + hex.EncodeToString(right[:])}},
			{[]string{"--cookie", "BASIC_PLUGIN", "goodbye"}, []string{"it exited (exit status: 1) without a handshake line"}},
			{[]string{"--version", "7"}, []string{"expected version 7 of the host's protocol, found 1"}},
			{[]string{"--protocol", "netrpc"}, []string{"expected the protocol `netrpc`, found `grpc`"}},
		} {
			found, code := ourHost(t, t.TempDir(), with(refused.options, side.Program(t, suite.KV))...)
			if code != 1 {
				t.Errorf("%v: expected exit status 1, found %d", refused.options, code)
			}
			suite.Contains(t, found, refused.said...)
		}
	})
}

// Tests the helper process of go-plugin's tests.
func TestClientWithTheHelper(t *testing.T) {
	helper := func(side suite.Side, command string, more ...string) []string {
		return append(append([]string{"--cookie", "TEST_MAGIC_COOKIE", "test"}, more...),
			"--arg=-test.run=TestHelperProcess", "--arg=--", "--arg="+command, side.Program(t, suite.Helper))
	}
	suite.OnBothSides(t, func(t *testing.T, side suite.Side) {
		for _, mode := range [][]string{nil, {"--multiplex"}} {
			prints(t, "42\npong\nhealthy\n"+ended, with(helper(side, "test-grpc", mode...), "double", "21", "--", "bidirectional", "--", "ping")...)
		}
		for _, mode := range [][]string{nil, {"--multiplex"}} {
			prints(t, "2 over grpc\n42\npong\n"+ended, with(helper(side, "test-mtls", with(mode, "--version", "2", "--auto-mtls")...),
				"version", "--", "double", "21", "--", "bidirectional")...)
		}
		prints(t, "42\n"+ended, with(helper(side, "test-interface"), "test", "double", "21")...)
		prints(t, "42\n"+ended, with(helper(side, "test-interface-mtls", "--version", "0", "--auto-mtls"), "test", "double", "21")...)
		prints(t, "stdout: hello\\nworld!\nstderr: and some error\\n messages!\n"+ended,
			with(helper(side, "test-grpc"), "print", "hello\nworld!", "and some error\n messages!")...)
		found, _ := ourHost(t, t.TempDir(), with(helper(side, "test-interface-logger-netrpc"), "test", "print", "foo", "12", "--", "log", "PrintKV called")...)
		suite.Contains(t, found, "PrintKV called", "foo", "12", ended)
		for command, said := range map[string]string{
			"bad-version":         "expected version 1 of the host's protocol, found 11",
			"invalid-rpc-address": "its first line is `lolinvalid`",
			"mock":                "does not answer on the TCP address 127.0.0.1:1234",
		} {
			found, code := ourHost(t, t.TempDir(), helper(side, command)...)
			if code != 1 {
				t.Errorf("%s: expected exit status 1, found %d", command, code)
			}
			suite.Contains(t, found, said)
		}
		for _, command := range []string{"mux-grpc-with-old-plugin", "mux-grpc-with-unsupported-plugin"} {
			found, code := ourHost(t, t.TempDir(), helper(side, command, "--multiplex")...)
			if code != 1 {
				t.Errorf("%s: expected exit status 1, found %d", command, code)
			}
			suite.Contains(t, found, "the plugin does not support multiplexed connections")
		}
	})
}
