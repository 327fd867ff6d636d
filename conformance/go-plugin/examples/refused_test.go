package examples

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"math/big"
	"os"
	"os/exec"
	"testing"
	"time"

	plugin "github.com/hashicorp/go-plugin"
	grpc "github.com/hashicorp/go-plugin/examples/grpc/shared"

	"plugwright.dev/conformance/go-plugin/suite"
)

func TestWrongCookie(t *testing.T) {
	suite.OnBothSides(t, func(t *testing.T, side suite.Side) {
		for _, file := range suite.AllPlugins {
			t.Run(file, func(t *testing.T) {
				config := suite.Config(t, side.Program(t, file), suite.Plain, plugins)
				config.MagicCookieValue = "goodbye"
				var stderr suite.Buffer
				config.Stderr = &stderr
				host := suite.NewHost(t, config)
				if _, err := host.Start(); err == nil {
					t.Fatal("expected an error")
				}
				host.Kill()
				suite.Contains(t, stderr.String(), "plugin")
				if code := config.Cmd.ProcessState.ExitCode(); code != 1 {
					t.Errorf("expected exit status 1, found %d", code)
				}
			})
		}
	})
}

// A plugin started by a user prints an explanation.
func TestNoCookie(t *testing.T) {
	suite.OnBothSides(t, func(t *testing.T, side suite.Side) {
		for _, file := range suite.AllPlugins {
			var stdout, stderr bytes.Buffer
			command := exec.Command(side.Program(t, file))
			command.Stdout, command.Stderr = &stdout, &stderr
			err := command.Run()
			var exit *exec.ExitError
			if !errors.As(err, &exit) || exit.ExitCode() != 1 {
				t.Errorf("%s: expected exit status 1, found %v", file, err)
			}
			if stdout.Len() > 0 {
				t.Errorf("%s: expected nothing on stdout, found %q", file, stdout.String())
			}
			suite.Contains(t, stderr.String(), "plugin")
		}
	})
}

func TestWrongVersion(t *testing.T) {
	suite.OnBothSides(t, func(t *testing.T, side suite.Side) {
		for file, offered := range map[string]string{suite.Greeter: "1", suite.Counter: "1", suite.KV: "1", suite.KVNetRPC: "1", suite.Negotiated: "2", suite.Streamer: "1"} {
			t.Run(file, func(t *testing.T) {
				config := suite.Config(t, side.Program(t, file), suite.Plain, plugins)
				config.ProtocolVersion = 7
				host := suite.NewHost(t, config)
				if _, err := host.Start(); err == nil {
					t.Fatal("expected an error")
				} else {
					suite.Contains(t, err.Error(), "Plugin version: "+offered+", Client versions: [7]")
				}
			})
		}
	})
}

func TestNegotiation(t *testing.T) {
	suite.OnBothSides(t, func(t *testing.T, side suite.Side) {
		netRPC := plugin.PluginSet{"kv": &grpc.KVPlugin{}}
		overGRPC := plugin.PluginSet{"kv": &grpc.KVGRPCPlugin{}}
		for name, test := range map[string]struct {
			versions map[int]plugin.PluginSet
			version  int
			protocol plugin.Protocol
		}{
			"both":    {map[int]plugin.PluginSet{2: netRPC, 3: overGRPC}, 3, plugin.ProtocolGRPC},
			"oldest":  {map[int]plugin.PluginSet{1: netRPC, 2: netRPC}, 2, plugin.ProtocolNetRPC},
			"newest":  {map[int]plugin.PluginSet{3: overGRPC, 4: overGRPC}, 3, plugin.ProtocolGRPC},
			"between": {map[int]plugin.PluginSet{1: netRPC, 3: overGRPC, 5: overGRPC}, 3, plugin.ProtocolGRPC},
		} {
			t.Run(name, func(t *testing.T) {
				config := suite.Config(t, side.Program(t, suite.Negotiated), suite.Plain, plugins)
				config.ProtocolVersion, config.Plugins, config.VersionedPlugins = 0, nil, test.versions
				host := suite.NewHost(t, config)
				store := suite.Dispense[grpc.KV](host, "kv")
				if err := store.Put("hello", []byte("world")); err != nil {
					t.Error(err)
				}
				if version, protocol := host.NegotiatedVersion(), host.Protocol(); version != test.version || protocol != test.protocol {
					t.Errorf("expected version %d over %s, found %d over %s", test.version, test.protocol, version, protocol)
				}
				host.Ends(side)
			})
		}
	})
}

// The host does not allow the plugin's protocol.
func TestProtocolNotAllowed(t *testing.T) {
	suite.OnBothSides(t, func(t *testing.T, side suite.Side) {
		for file, allowed := range map[string]plugin.Protocol{suite.KV: plugin.ProtocolNetRPC, suite.KVNetRPC: plugin.ProtocolGRPC} {
			config := suite.Config(t, side.Program(t, file), suite.Plain, plugins)
			config.AllowedProtocols = []plugin.Protocol{allowed}
			if _, err := suite.NewHost(t, config).Start(); err == nil {
				t.Errorf("%s: expected an error", file)
			} else {
				suite.Contains(t, err.Error(), "unsupported plugin protocol")
			}
		}
	})
}

func TestChecksum(t *testing.T) {
	suite.OnBothSides(t, func(t *testing.T, side suite.Side) {
		data, err := os.ReadFile(side.Program(t, suite.KV))
		if err != nil {
			t.Fatal(err)
		}
		right := sha256.Sum256(data)
		wrong := sha256.Sum256(data[1:])
		for _, sum := range [][]byte{right[:], wrong[:]} {
			config := suite.Config(t, side.Program(t, suite.KV), suite.Plain, plugins)
			config.SecureConfig = &plugin.SecureConfig{Checksum: sum, Hash: sha256.New()}
			_, err := suite.NewHost(t, config).Start()
			if isRight := bytes.Equal(sum, right[:]); isRight && err != nil || !isRight && err != plugin.ErrChecksumsDoNotMatch {
				t.Errorf("found %v", err)
			}
		}
	})
}

// Only the host's certificate is accepted.
func TestAutoMTLSRefusesOthers(t *testing.T) {
	suite.OnBothSides(t, func(t *testing.T, side suite.Side) {
		for _, file := range []string{suite.KV, suite.KVNetRPC} {
			first := startHost(t, side.Program(t, file), suite.AutoMTLS)
			first.Connect()
			second := suite.Reattach(t, first, plugins)
			protocol, err := second.Client.Client()
			if err == nil {
				err = protocol.Ping()
			}
			if err == nil {
				t.Errorf("%s: expected an error without TLS", file)
			}
			if err := first.Connect().Ping(); err != nil {
				t.Errorf("%s: the first host: %v", file, err)
			}
		}
	})
}

// A connection with TLS needs the host's certificate: none, or another one for the same name, is refused.
func TestAutoMTLSRefusesOtherCertificates(t *testing.T) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), DNSNames: []string{"localhost"}, IsCA: true, NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	another := tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
	suite.OnBothSides(t, func(t *testing.T, side suite.Side) {
		host := startHost(t, side.Program(t, suite.KV), suite.AutoMTLS)
		host.Connect()
		address := host.Client.ReattachConfig().Addr
		for name, certificates := range map[string][]tls.Certificate{"no certificate": nil, "another certificate": {another}} {
			config := &tls.Config{InsecureSkipVerify: true, Certificates: certificates, NextProtos: []string{"h2"}}
			connection, err := tls.Dial(address.Network(), address.String(), config)
			if err == nil {
				// Under TLS 1.3, the client learns of a refusal only when it reads. An HTTP/2 server sends its settings.
				connection.SetReadDeadline(time.Now().Add(10 * time.Second))
				_, err = connection.Read(make([]byte, 1))
				connection.Close()
			}
			if err == nil || errors.Is(err, os.ErrDeadlineExceeded) {
				t.Errorf("%s: expected a refusal, found %v", name, err)
			}
		}
		if err := host.Connect().Ping(); err != nil {
			t.Errorf("the host: %v", err)
		}
	})
}
