package conformance

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"testing"
	"time"
)

// same runs a subtest for each result. A difference must be an improvement.
func same(t *testing.T, twin, ours *recording) {
	t.Helper()
	if !slices.Equal(twin.names, ours.names) {
		t.Fatalf("the scenarios recorded different results:\ntwin: %q\nours: %q", twin.names, ours.names)
	}
	for _, name := range twin.names {
		t.Run(name, func(t *testing.T) {
			one, other := twin.outcomes[name], ours.outcomes[name]
			if reflect.DeepEqual(one, other) {
				return
			}
			if entry := findImprovement(t.Name(), compact(one), compact(other)); entry != nil {
				t.Logf("intended difference: %s\ntwin: %s\nours: %s", entry.reason, compact(one), compact(other))
				return
			}
			t.Errorf("responses differ\ntwin: %s\nours: %s", short(one), short(other))
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
			// The type distinguishes errors of the plugin from connection errors.
			answers <- map[string]any{"error": err.Error(), "type": fmt.Sprintf("%T", err), "value": value}
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

// normalise converts a value to plain JSON values.
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
	return value
}

func compact(value any) string {
	encoded, err := json.Marshal(value)
	if err != nil {
		return fmt.Sprint(value)
	}
	return string(encoded)
}

// short truncates a value for error messages.
func short(value any) string {
	text := compact(value)
	if len(text) > 4000 {
		return text[:2000] + " … " + text[len(text)-2000:]
	}
	return text
}
