// Package examples runs go-plugin's examples and tests with our plugins and our client.
package examples

import (
	"os"
	"testing"

	plugin "github.com/hashicorp/go-plugin"
	basic "github.com/hashicorp/go-plugin/examples/basic/shared"
	grpc "github.com/hashicorp/go-plugin/examples/grpc/shared"
	streaming "github.com/hashicorp/go-plugin/examples/streaming/shared"

	"plugwright.dev/conformance/go-plugin/suite"
)

func TestMain(m *testing.M) { os.Exit(suite.Run(m)) }

// plugins are the interfaces of go-plugin's examples.
var plugins = plugin.PluginSet{
	"greeter":  &basic.GreeterPlugin{},
	"kv":       &grpc.KVPlugin{},
	"kv_grpc":  &grpc.KVGRPCPlugin{},
	"streamer": &streaming.StreamerPlugin{},
}

func startHost(t *testing.T, file string, mode suite.Mode) *suite.Host {
	t.Helper()
	return suite.NewHost(t, suite.Config(t, file, mode, plugins))
}
