package conformance

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"regexp"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/grpc/status"

	"github.com/vmware-tanzu/velero/pkg/plugin/framework/common"
	proto "github.com/vmware-tanzu/velero/pkg/plugin/generated"
)

// compare runs the scenario with the twin and with our plugin, and compares the recordings.
func compare(t *testing.T, file binary, scenario func(h *host)) {
	t.Helper()
	var recordings [2]*recording
	for i, side := range []side{twin, ours} {
		h := startHost(t, side, file)
		scenario(h)
		h.CleanupClients()
		recordings[i] = h.recording
	}
	same(t, recordings[0], recordings[1])
}

// same runs a subtest for each result. A difference must be an improvement.
func same(t *testing.T, twin, ours *recording) {
	t.Helper()
	if diff := cmp.Diff(twin.names, ours.names); diff != "" {
		t.Fatalf("the scenarios took different ways (-twin +ours):\n%s", diff)
	}
	for _, name := range twin.names {
		t.Run(name, func(t *testing.T) {
			one, other := twin.outcomes[name], ours.outcomes[name]
			diff := cmp.Diff(one, other)
			if diff == "" {
				return
			}
			if entry := findImprovement(t.Name(), compact(one), compact(other)); entry != nil {
				t.Logf("better by intention: %s (-twin +ours):\n%s", entry.reason, diff)
				return
			}
			t.Errorf("answers differ (-twin +ours):\n%s\ntwin: %s\nours: %s", diff, compact(one), compact(other))
		})
	}
}

// A recording contains the results of a scenario on one side, by name and in order.
type recording struct {
	t        *testing.T
	names    []string
	outcomes map[string]any
}

func newRecording(t *testing.T) *recording {
	return &recording{t: t, outcomes: map[string]any{}}
}

// note records a value that must be equal on both sides.
func (r *recording) note(name string, value any) {
	r.t.Helper()
	if _, taken := r.outcomes[name]; taken {
		r.t.Fatalf("%q is recorded twice", name)
	}
	r.names = append(r.names, name)
	r.outcomes[name] = normalise(r.t, value)
}

// call records the response of a plugin. A call that hangs fails the test.
func (r *recording) call(name string, call func() (any, error)) {
	r.t.Helper()
	r.note(name, r.answer(name, call))
}

// do is like call, for functions that return only an error.
func (r *recording) do(name string, call func() error) {
	r.t.Helper()
	r.call(name, func() (any, error) { return nil, call() })
}

func (r *recording) answer(name string, call func() (any, error)) any {
	r.t.Helper()
	answers := make(chan any, 1)
	go func() {
		value, err := call()
		if err != nil {
			answers <- map[string]any{"error": failureOf(err)}
			return
		}
		answers <- map[string]any{"value": value}
	}()
	select {
	case answer := <-answers:
		return answer
	case <-time.After(time.Minute):
		r.t.Fatalf("%s: no response within a minute", name)
		return nil
	}
}

// A failure is an error as received by the host.
type failure struct {
	Code    string `json:"code"`
	Message string `json:"message"`
	// Located reports whether the error's first frame has file, line and function, which Velero logs.
	Located bool `json:"located"`
}

var grpcError = regexp.MustCompile(`(?s)^rpc error: code = (\w+) desc = (.*)$`)

func failureOf(err error) failure {
	failure := failure{Code: "none: the host's own", Message: err.Error()}
	if match := grpcError.FindStringSubmatch(err.Error()); match != nil {
		failure.Code, failure.Message = match[1], match[2]
	}
	file, line, function := locationOf(err)
	failure.Located = file != "" && line > 0 && function != ""
	return failure
}

// locationOf returns the error's source location, as sent by the plugin.
func locationOf(err error) (file string, line int32, function string) {
	var located *common.ProtoStackError
	if errors.As(err, &located) {
		return located.File(), located.Line(), located.Function()
	}
	// Velero's ObjectExists returns the plain gRPC error.
	for _, detail := range status.Convert(err).Details() {
		if stack, ok := detail.(*proto.Stack); ok && len(stack.Frames) > 0 {
			return stack.Frames[0].File, stack.Frames[0].Line, stack.Frames[0].Function
		}
	}
	return "", 0, ""
}

// normalise converts a value to plain JSON values, with a canonical spelling of numbers.
func normalise(t *testing.T, value any) any {
	t.Helper()
	encoded, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	return fromJSON(t, encoded)
}

func fromJSON(t *testing.T, encoded []byte) any {
	t.Helper()
	decoder := json.NewDecoder(bytes.NewReader(encoded))
	decoder.UseNumber()
	var value any
	if err := decoder.Decode(&value); err != nil {
		t.Fatalf("%v in %s", err, encoded)
	}
	return oneSpelling(value)
}

func oneSpelling(value any) any {
	switch value := value.(type) {
	case map[string]any:
		for name := range value {
			value[name] = oneSpelling(value[name])
		}
	case []any:
		for i := range value {
			value[i] = oneSpelling(value[i])
		}
	case json.Number:
		if number, ok := new(big.Rat).SetString(value.String()); ok {
			if number.IsInt() {
				return json.Number(number.Num().String())
			}
			return "the number " + number.RatString()
		}
	}
	return value
}

func compact(value any) string {
	encoded, err := json.Marshal(value)
	if err != nil {
		return fmt.Sprint(value)
	}
	return string(encoded)
}
