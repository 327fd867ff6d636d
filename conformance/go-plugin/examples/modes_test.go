package examples

import (
	"bytes"
	"context"
	"fmt"
	"path/filepath"
	"sync"
	"testing"

	plugin "github.com/hashicorp/go-plugin"
	basic "github.com/hashicorp/go-plugin/examples/basic/shared"
	grpc "github.com/hashicorp/go-plugin/examples/grpc/shared"
	streaming "github.com/hashicorp/go-plugin/examples/streaming/shared"

	"plugwright.dev/conformance/go-plugin/suite"
)

func TestGreeter(t *testing.T) {
	suite.InEachMode(t, func(t *testing.T, side suite.Side, mode suite.Mode) {
		host := startHost(t, side.Program(t, suite.Greeter), mode)
		if said := suite.Dispense[basic.Greeter](host, "greeter").Greet(); said != "Hello!" {
			t.Errorf("expected Hello!, found %q", said)
		}
		if protocol := host.Protocol(); protocol != plugin.ProtocolNetRPC {
			t.Errorf("expected net/rpc, found %s", protocol)
		}
		host.Ends(side)
	})
}

func TestKV(t *testing.T) {
	for _, protocol := range []struct {
		plugin, dispensed, from string
		protocol                plugin.Protocol
	}{
		{suite.KV, "kv_grpc", "plugin-go-grpc", plugin.ProtocolGRPC},
		{suite.KVNetRPC, "kv", "plugin-go-netrpc", plugin.ProtocolNetRPC},
	} {
		t.Run(protocol.plugin, func(t *testing.T) {
			suite.InEachMode(t, func(t *testing.T, side suite.Side, mode suite.Mode) {
				host := startHost(t, side.Program(t, protocol.plugin), mode)
				store := suite.Dispense[grpc.KV](host, protocol.dispensed)
				// Exceeds all flow control windows.
				for _, value := range [][]byte{nil, []byte("world"), {0, 1, 254, 255}, bytes.Repeat([]byte("0123456789abcdef"), 1<<17)} {
					if err := store.Put("hello", value); err != nil {
						t.Fatal(err)
					}
					want := append(bytes.Clone(value), "\n\nWritten from "+protocol.from...)
					if got, err := store.Get("hello"); err != nil || !bytes.Equal(got, want) {
						t.Errorf("%d bytes: found %d, %v", len(want), len(got), err)
					}
				}
				if _, err := store.Get("nothing"); err == nil {
					t.Error("expected an error for a key that was not put")
				} else {
					suite.Contains(t, err.Error(), "open kv_nothing: no such file or directory")
				}
				if found := host.Protocol(); found != protocol.protocol {
					t.Errorf("expected %s, found %s", protocol.protocol, found)
				}
				if err := host.Connect().Ping(); err != nil {
					t.Error(err)
				}
				host.Ends(side)
				if err := host.Connect().Ping(); err == nil {
					t.Error("expected an error from a plugin that has exited")
				}
			})
		})
	}
}

func TestKVConcurrently(t *testing.T) {
	for plugin, dispensed := range map[string]string{suite.KV: "kv_grpc", suite.KVNetRPC: "kv"} {
		t.Run(plugin, func(t *testing.T) {
			suite.InEachMode(t, func(t *testing.T, side suite.Side, mode suite.Mode) {
				host := startHost(t, side.Program(t, plugin), mode)
				store := suite.Dispense[grpc.KV](host, dispensed)
				var calls sync.WaitGroup
				for number := range 100 {
					calls.Go(func() {
						key, value := fmt.Sprint(number), bytes.Repeat([]byte{byte(number)}, 10_000)
						if err := store.Put(key, value); err != nil {
							t.Error(err)
						}
						if got, err := store.Get(key); err != nil || !bytes.HasPrefix(got, value) {
							t.Errorf("%s: %d bytes, %v", key, len(got), err)
						}
					})
				}
				calls.Wait()
				host.Ends(side)
			})
		})
	}
}

func TestStreamer(t *testing.T) {
	suite.InEachMode(t, func(t *testing.T, side suite.Side, mode suite.Mode) {
		host := startHost(t, side.Program(t, suite.Streamer), mode)
		stream := suite.Dispense[streaming.Streamer](host, "streamer")
		for _, size := range []struct{ bytes, chunk int }{{0, 10}, {26, 10}, {1_000, 1}, {8 << 20, 64 << 10}, {3 << 20, 3 << 20}} {
			ctx := context.Background()
			if err := stream.Configure(ctx, filepath.Join(host.Dir, "file"), int64(size.chunk)); err != nil {
				t.Fatal(err)
			}
			data := bytes.Repeat([]byte("0123456789abcdef"), size.bytes/16+1)[:size.bytes]
			if err := stream.Write(ctx, data); err != nil {
				t.Fatalf("%v: %v", size, err)
			}
			if got, err := stream.Read(ctx); err != nil || !bytes.Equal(got, data) {
				t.Errorf("%v: found %d bytes, %v", size, len(got), err)
			}
		}
		host.Ends(side)
	})
}
