package examples

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	plugin "github.com/hashicorp/go-plugin"
	grpc "github.com/hashicorp/go-plugin/examples/grpc/shared"

	"plugwright.dev/conformance/go-plugin/suite"
)

func TestReattach(t *testing.T) {
	for file, dispensed := range map[string]string{suite.KV: "kv_grpc", suite.KVNetRPC: "kv"} {
		t.Run(file, func(t *testing.T) {
			suite.OnBothSides(t, func(t *testing.T, side suite.Side) {
				first := startHost(t, side.Program(t, file), suite.Plain)
				if err := suite.Dispense[grpc.KV](first, dispensed).Put("hello", []byte("world")); err != nil {
					t.Fatal(err)
				}
				second := suite.Reattach(t, first, plugins)
				store := suite.Dispense[grpc.KV](second, dispensed)
				if got, err := store.Get("hello"); err != nil || len(got) == 0 {
					t.Errorf("found %q, %v", got, err)
				}
				if err := second.Connect().Ping(); err != nil {
					t.Error(err)
				}
				// Both are connected.
				if got, err := suite.Dispense[grpc.KV](first, dispensed).Get("hello"); err != nil || len(got) == 0 {
					t.Errorf("found %q, %v", got, err)
				}
				second.Kill()
				if !second.Exited() {
					t.Error("the plugin has not exited")
				}
			})
		})
	}
}

func TestReattachToTheDead(t *testing.T) {
	suite.OnBothSides(t, func(t *testing.T, side suite.Side) {
		first := startHost(t, side.Program(t, suite.KV), suite.Plain)
		first.Connect()
		config := suite.Config(t, "", suite.Plain, plugins)
		config.Cmd, config.Reattach = nil, first.ReattachConfig()
		pid := first.ReattachConfig().Pid
		if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
			t.Fatal(err)
		}
		for !first.Exited() {
			time.Sleep(time.Millisecond)
		}
		if _, err := suite.NewHost(t, config).Start(); err != plugin.ErrProcessNotFound {
			t.Errorf("expected %v, found %v", plugin.ErrProcessNotFound, err)
		}
	})
}

// Neither option supports reattaching.
func TestReattachRefuses(t *testing.T) {
	first := startHost(t, suite.Ours.Program(t, suite.KV), suite.Plain)
	for name, change := range map[string]func(*plugin.ClientConfig){
		"multiplexed": func(config *plugin.ClientConfig) { config.GRPCBrokerMultiplex = true },
		"checksum":    func(config *plugin.ClientConfig) { config.SecureConfig = &plugin.SecureConfig{} },
	} {
		t.Run(name, func(t *testing.T) {
			first.Connect()
			config := suite.Config(t, "", suite.Plain, plugins)
			config.Cmd, config.Reattach = nil, first.ReattachConfig()
			change(config)
			if _, err := suite.NewHost(t, config).Start(); err == nil {
				t.Error("expected an error")
			}
		})
	}
}

// A plugin removes its socket on a regular exit, but not when it is killed.
func TestSocket(t *testing.T) {
	suite.OnBothSides(t, func(t *testing.T, side suite.Side) {
		for _, file := range []string{suite.KV, suite.KVNetRPC} {
			host := startHost(t, side.Program(t, file), suite.Plain)
			host.Connect()
			address := host.ReattachConfig().Addr
			if address.Network() != "unix" || filepath.Dir(address.String()) != os.TempDir() {
				t.Errorf("expected a unix socket in %s, found %s %s", os.TempDir(), address.Network(), address)
			}
			if _, err := os.Stat(address.String()); err != nil {
				t.Error(err)
			}
			host.Ends(side)
			if _, err := os.Stat(address.String()); err == nil && !strings.Contains(host.Logs(), "failed to exit gracefully") {
				t.Errorf("%s is left", address)
			}
		}
	})
}
