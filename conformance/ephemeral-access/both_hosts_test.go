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

// The probe contains all kinds. The host's cookie selects the protocol: with Velero's cookie, a gRPC server that lists only Velero's
// kinds; with EphemeralAccess's cookie, an access requester, as in all other tests.
func TestBothHosts(t *testing.T) {
	if selfCheck {
		t.Skip("the twin supports only one host")
	}
	t.Parallel()
	command := exec.Command(probes[1].path)
	// This host's gRPC version does not identify a Velero.
	command.Env = append(os.Environ(), "PLUGWRIGHT_HOST_VERSION=1.18")
	client := goplugin.NewClient(&goplugin.ClientConfig{
		HandshakeConfig: goplugin.HandshakeConfig{ProtocolVersion: 2, MagicCookieKey: "VELERO_PLUGIN", MagicCookieValue: "hello"},
		// go-plugin requires an entry, which is unused.
		Plugins:          goplugin.PluginSet{"PluginLister": nil},
		Cmd:              command,
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
		t.Errorf("unexpected list for Velero: %v", kinds)
	}
}

// Each host's cookie selects the host's protocol.
func TestEachHostsCookie(t *testing.T) {
	if selfCheck {
		t.Skip("the twin supports only one host")
	}
	t.Parallel()
	for cookie, expected := range map[string]string{
		cookie: "1|1|unix|SOCKET|netrpc|", "VELERO_PLUGIN=hello": "1|2|unix|SOCKET|grpc|", "ARK_PLUGIN=hello": "1|1|unix|SOCKET|grpc|",
	} {
		start := startWith(t, probes[1], cookie)
		if line := strings.TrimSpace(start.comparable()["line"].(string)); line != expected {
			t.Errorf("%s: got %q, want %q: %s", cookie, line, expected, start.stderr)
		}
		os.Remove(start.socket)
	}
}

type rawMessage []byte

// rawCodec passes raw messages, because the suite lacks Velero's types.
type rawCodec struct{}

func (rawCodec) Marshal(message any) ([]byte, error) { return message.(rawMessage), nil }

func (rawCodec) Unmarshal(data []byte, message any) error {
	*message.(*rawMessage) = append(rawMessage(nil), data...)
	return nil
}

func (rawCodec) Name() string { return "proto" }

// eachField calls each with the content of each field of a protobuf message. All fields must be texts or messages.
func eachField(t *testing.T, message []byte, each func(content []byte)) {
	t.Helper()
	for len(message) > 0 {
		_, kind, length := protowire.ConsumeTag(message)
		if length < 0 || kind != protowire.BytesType {
			t.Fatalf("invalid message: %x", message)
		}
		content, n := protowire.ConsumeBytes(message[length:])
		if n < 0 {
			t.Fatalf("invalid message: %x", message)
		}
		each(content)
		message = message[length+n:]
	}
}
