// Package counter tests plugins that call the host: go-plugin's example bidirectional. It is separate from the other
// examples because two of them have Protobuf messages of the same name, which a Go program cannot contain.
package counter

import (
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"testing"

	plugin "github.com/hashicorp/go-plugin"
	"github.com/hashicorp/go-plugin/examples/bidirectional/shared"

	"plugwright.dev/conformance/go-plugin/suite"
)

func TestMain(m *testing.M) { os.Exit(suite.Run(m)) }

var plugins = plugin.PluginSet{"counter": &shared.CounterPlugin{}}

// sum is the host's service, which the plugin calls.
type sum struct{ called int }

func (s *sum) Sum(a, b int64) (int64, error) {
	s.called++
	return a + b, nil
}

func startHost(t *testing.T, side suite.Side, mode suite.Mode) (*suite.Host, shared.Counter) {
	t.Helper()
	host := suite.NewHost(t, suite.Config(t, side.Program(t, suite.Counter), mode, plugins))
	return host, suite.Dispense[shared.Counter](host, "counter")
}

func TestCounter(t *testing.T) {
	suite.InEachMode(t, func(t *testing.T, side suite.Side, mode suite.Mode) {
		host, counter := startHost(t, side, mode)
		helper, want := &sum{}, int64(0)
		for number := range int64(20) {
			if err := counter.Put("hello", number, helper); err != nil {
				t.Fatalf("put %d: %v", number, err)
			}
			want += number
			if got, err := counter.Get("hello"); err != nil || got != want {
				t.Errorf("expected %d, found %d, %v", want, got, err)
			}
		}
		if helper.called != 20 {
			t.Errorf("expected 20 calls of the host's server, found %d", helper.called)
		}
		host.Ends(side)
		left, err := filepath.Glob(filepath.Join(host.Dir, "plugin*"))
		if err != nil || len(left) > 0 {
			t.Errorf("sockets left: %v, %v", left, err)
		}
	})
}

// The plugin calls several servers of the host concurrently. Modes with multiplexing are excluded, because go-plugin
// requires sequential connections in them (client.go, GRPCBrokerMultiplex).
func TestConcurrently(t *testing.T) {
	suite.InModes(t, []suite.Mode{suite.Plain, suite.AutoMTLS}, func(t *testing.T, side suite.Side, mode suite.Mode) {
		host, counter := startHost(t, side, mode)
		var calls sync.WaitGroup
		for number := range int64(20) {
			calls.Go(func() {
				key := strconv.FormatInt(number, 10)
				if err := counter.Put(key, number, &sum{}); err != nil {
					t.Error(err)
				}
				if got, err := counter.Get(key); err != nil || got != number {
					t.Errorf("expected %d, found %d, %v", number, got, err)
				}
			})
		}
		calls.Wait()
		host.Ends(side)
	})
}

// The second host also has a server for the plugin. With HashiCorp's plugin the call fails, because its broker is
// connected only to the first host.
func TestReattach(t *testing.T) {
	first, counter := startHost(t, suite.Ours, suite.Plain)
	if err := counter.Put("hello", 1, &sum{}); err != nil {
		t.Fatal(err)
	}
	second := suite.Reattach(t, first, plugins)
	counter = suite.Dispense[shared.Counter](second, "counter")
	if err := counter.Put("hello", 41, &sum{}); err != nil {
		t.Fatal(err)
	}
	if got, err := counter.Get("hello"); err != nil || got != 42 {
		t.Errorf("expected 42, found %d, %v", got, err)
	}
}
