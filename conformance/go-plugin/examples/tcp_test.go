package examples

import (
	"bytes"
	"net"
	"testing"

	grpc "github.com/hashicorp/go-plugin/examples/grpc/shared"

	"plugwright.dev/conformance/go-plugin/suite"
)

// Go plugins listen on TCP on Windows only (go-plugin `server.go`, `serverListener`). Ours can everywhere, so that Linux tests it.
func TestTCP(t *testing.T) {
	if suite.Ours.IsTheirs() {
		t.Skip("the suite tests itself with plugins in Go")
	}
	for name, mode := range map[string]suite.Mode{"plain": suite.Plain, "AutoMTLS": suite.AutoMTLS} {
		t.Run(name, func(t *testing.T) {
			config := suite.Config(t, suite.Ours.Program(t, suite.KVTCP), mode, plugins)
			config.MinPort, config.MaxPort = 41_000, 41_999
			host := suite.NewHost(t, config)
			store := suite.Dispense[grpc.KV](host, "kv_grpc")
			value := bytes.Repeat([]byte("0123456789abcdef"), 1<<17)
			if err := store.Put("hello", value); err != nil {
				t.Fatal(err)
			}
			if got, err := store.Get("hello"); err != nil || !bytes.HasPrefix(got, value) {
				t.Errorf("found %d bytes, %v", len(got), err)
			}
			address, ok := host.ReattachConfig().Addr.(*net.TCPAddr)
			if !ok || !address.IP.IsLoopback() || address.Port < 41_000 || address.Port > 41_999 {
				t.Errorf("expected a port from 41000 to 41999 of the loopback address, found %v", host.ReattachConfig().Addr)
			}
			host.Ends(suite.Ours)
			if connection, err := net.Dial("tcp", address.String()); err == nil {
				connection.Close()
				t.Errorf("%s still accepts connections", address)
			}
		})
	}
}
