package conformance

import (
	"context"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/go-hclog"
	goplugin "github.com/hashicorp/go-plugin"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/encoding/protowire"
)

// The probe holds all kinds there are. Its host's cookie decides what it is: to Velero a gRPC server that lists Velero's kinds and no
// other, to EphemeralAccess an access requester, as all other tests have it.
func TestBothHosts(t *testing.T) {
	if selfCheck {
		t.Skip("the twin is for one host")
	}
	t.Parallel()
	client := goplugin.NewClient(&goplugin.ClientConfig{
		HandshakeConfig: goplugin.HandshakeConfig{ProtocolVersion: 2, MagicCookieKey: "VELERO_PLUGIN", MagicCookieValue: "hello"},
		// Go-plugin wants one; the connection is used without it.
		Plugins:          goplugin.PluginSet{"PluginLister": nil},
		Cmd:              exec.Command(probes[1].path),
		AllowedProtocols: []goplugin.Protocol{goplugin.ProtocolGRPC},
		Logger:           hclog.NewNullLogger(),
	})
	defer client.Kill()
	protocol, err := client.Client()
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	var answer rawMessage
	conn := protocol.(*goplugin.GRPCClient).Conn
	if err := conn.Invoke(ctx, "/generated.PluginLister/ListPlugins", rawMessage(nil), &answer, grpc.ForceCodec(rawCodec{})); err != nil {
		t.Fatal(err)
	}
	kinds := map[string]int{}
	eachField(t, answer, func(plugin []byte) {
		var texts []string
		eachField(t, plugin, func(text []byte) { texts = append(texts, string(text)) })
		kinds[texts[1]]++
	})
	if len(kinds) != 8 || kinds["AccessRequester"] != 0 || kinds["ObjectStore"] == 0 {
		t.Errorf("to Velero it lists %v", kinds)
	}
}

// With the cookies of both hosts in the environment, as where one has started the other, the version that is asked for is still one's.
func TestCookiesOfBothHosts(t *testing.T) {
	if selfCheck {
		t.Skip("the twin is for one host")
	}
	t.Parallel()
	for version, expected := range map[string]string{"1": "1|1|unix|SOCKET|netrpc|", "2": "1|2|unix|SOCKET|grpc|"} {
		start := startWith(t, probes[1], cookie, "VELERO_PLUGIN=hello", "PLUGIN_PROTOCOL_VERSIONS="+version)
		if line := strings.TrimSpace(start.comparable()["line"].(string)); line != expected {
			t.Logf("asked for version %s it says %q, and not %q: %s", version, line, expected, start.stderr)
		}
		os.Remove(start.socket)
	}
}

type rawMessage []byte

// rawCodec leaves messages as they are: the suite does not have Velero's.
type rawCodec struct{}

func (rawCodec) Marshal(message any) ([]byte, error) { return message.(rawMessage), nil }

func (rawCodec) Unmarshal(data []byte, message any) error {
	*message.(*rawMessage) = append(rawMessage(nil), data...)
	return nil
}

func (rawCodec) Name() string { return "proto" }

// eachField gives the content of each field of a protobuf message that is all texts and messages.
func eachField(t *testing.T, message []byte, each func(content []byte)) {
	t.Helper()
	for len(message) > 0 {
		_, kind, length := protowire.ConsumeTag(message)
		if length < 0 || kind != protowire.BytesType {
			t.Fatalf("no message: %x", message)
		}
		content, n := protowire.ConsumeBytes(message[length:])
		if n < 0 {
			t.Fatalf("no message: %x", message)
		}
		each(content)
		message = message[length+n:]
	}
}
