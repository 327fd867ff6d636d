package conformance

import (
	"slices"
	"strings"
	"testing"

	"google.golang.org/grpc"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"
	reflectionpb "google.golang.org/grpc/reflection/grpc_reflection_v1"
	reflectionalpha "google.golang.org/grpc/reflection/grpc_reflection_v1alpha"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/descriptorpb"
	"google.golang.org/protobuf/types/known/emptypb"

	"github.com/vmware-tanzu/velero/pkg/plugin/generated"
)

// go-plugin's Ping checks the service "plugin" of the health service.
func TestHealth(t *testing.T) {
	compareRaw(t, probe, func(raw *rawPlugin) {
		health := healthpb.NewHealthClient(raw.conn)
		for _, service := range []string{"plugin", "", "unknown"} {
			raw.call("check "+service, func() (any, error) {
				answer, err := health.Check(limited(t), &healthpb.HealthCheckRequest{Service: service})
				return answer.GetStatus().String(), err
			})
		}
		raw.call("watch", func() (any, error) {
			stream, err := health.Watch(limited(t), &healthpb.HealthCheckRequest{Service: "plugin"})
			if err != nil {
				return nil, err
			}
			answer, err := stream.Recv()
			return answer.GetStatus().String(), err
		})
	})
}

// Reflection lists the same services, and describes the same methods and messages.
func TestReflection(t *testing.T) {
	compareRaw(t, probe, func(raw *rawPlugin) {
		stream, err := reflectionpb.NewServerReflectionClient(raw.conn).ServerReflectionInfo(limited(t))
		if err != nil {
			t.Fatal(err)
		}
		services := servicesOf(t, raw)
		raw.note("services", services)
		for _, service := range services {
			if strings.HasPrefix(service, "grpc.") {
				continue
			}
			answer := reflect(t, stream, &reflectionpb.ServerReflectionRequest{
				MessageRequest: &reflectionpb.ServerReflectionRequest_FileContainingSymbol{FileContainingSymbol: service},
			})
			raw.note(service, describedMethods(t, answer.GetFileDescriptorResponse().GetFileDescriptorProto(), service))
		}
	})
}

// servicesOf returns the services that reflection lists, sorted.
func servicesOf(t *testing.T, raw *rawPlugin) []string {
	t.Helper()
	stream, err := reflectionpb.NewServerReflectionClient(raw.conn).ServerReflectionInfo(limited(t))
	if err != nil {
		t.Fatal(err)
	}
	answer := reflect(t, stream, &reflectionpb.ServerReflectionRequest{
		MessageRequest: &reflectionpb.ServerReflectionRequest_ListServices{},
	})
	var services []string
	for _, service := range answer.GetListServicesResponse().GetService() {
		services = append(services, service.Name)
	}
	slices.Sort(services)
	return services
}

// Tests the older version of reflection, which tools use as a fallback.
func TestReflectionAlpha(t *testing.T) {
	compareRaw(t, probe, func(raw *rawPlugin) {
		stream, err := reflectionalpha.NewServerReflectionClient(raw.conn).ServerReflectionInfo(limited(t))
		if err != nil {
			t.Fatal(err)
		}
		raw.call("list", func() (any, error) {
			request := &reflectionalpha.ServerReflectionRequest{MessageRequest: &reflectionalpha.ServerReflectionRequest_ListServices{}}
			if err := stream.Send(request); err != nil {
				return nil, err
			}
			answer, err := stream.Recv()
			return len(answer.GetListServicesResponse().GetService()) > 0, err
		})
	})
}

func reflect(
	t *testing.T, stream reflectionpb.ServerReflection_ServerReflectionInfoClient, request *reflectionpb.ServerReflectionRequest,
) *reflectionpb.ServerReflectionResponse {
	t.Helper()
	if err := stream.Send(request); err != nil {
		t.Fatal(err)
	}
	answer, err := stream.Recv()
	if err != nil {
		t.Fatal(err)
	}
	return answer
}

// describedMethods describes a service's methods, and the fields of their requests and responses.
func describedMethods(t *testing.T, files [][]byte, service string) map[string]any {
	t.Helper()
	described := map[string]any{}
	messages := map[string]any{}
	for _, file := range files {
		var descriptor descriptorpb.FileDescriptorProto
		if err := proto.Unmarshal(file, &descriptor); err != nil {
			t.Fatal(err)
		}
		for _, message := range descriptor.MessageType {
			fields := map[string]any{}
			for _, field := range message.Field {
				fields[field.GetName()] = []any{field.GetNumber(), field.GetType().String(), field.GetLabel().String(), field.GetTypeName()}
			}
			messages["."+descriptor.GetPackage()+"."+message.GetName()] = fields
		}
		for _, candidate := range descriptor.Service {
			if descriptor.GetPackage()+"."+candidate.GetName() != service {
				continue
			}
			for _, method := range candidate.Method {
				described[method.GetName()] = []any{
					method.GetInputType(), method.GetClientStreaming(), method.GetOutputType(), method.GetServerStreaming(),
					messages[method.GetInputType()], messages[method.GetOutputType()],
				}
			}
		}
	}
	return described
}

// The broker's stream stays open, although Velero plugins do not use it.
func TestBroker(t *testing.T) {
	compareRaw(t, probe, func(raw *rawPlugin) {
		description := &grpc.StreamDesc{ServerStreams: true, ClientStreams: true}
		stream, err := raw.conn.NewStream(limited(t), description, "/plugin.GRPCBroker/StartStream")
		if err != nil {
			t.Fatal(err)
		}
		ended := make(chan error, 1)
		go func() { ended <- stream.RecvMsg(&emptypb.Empty{}) }()
		method := methodCalled("/generated.BackupItemAction/AppliesTo")
		raw.do("a concurrent call", func() error { return raw.invoke(t, method, method.request("probe.plugwright.dev/nothing")) })
		select {
		case err := <-ended:
			raw.note("ended", failureOf(err))
		default:
			raw.note("open", true)
		}
	})
}

// Output of the plugin's code reaches the host through GRPCStdio, and does not affect the handshake or the log.
func TestStdio(t *testing.T) {
	compareRaw(t, probe, func(raw *rawPlugin) {
		client := generated.NewBackupItemActionClient(raw.conn)
		for _, text := range []string{"one", "two"} {
			request := &generated.ExecuteRequest{
				Plugin: "probe.plugwright.dev/backup-item-action", Item: []byte(withDoInBytes(`{"kind":"X"}`, "print:"+text)), Backup: aBackup,
			}
			raw.do("print "+text, func() error {
				_, err := client.Execute(limited(t), request)
				return err
			})
		}
		const expected = "a line for stdout: one\na line for stdout: two\n"
		eventually(t, "the lines on stdout", func() bool { return len(raw.syncStdout.String()) >= len(expected) })
		raw.note("stdout", raw.syncStdout.String())
		eventually(t, "the lines on stderr", func() bool {
			return strings.Contains(raw.syncStderr.String()+raw.stderr.String(), "a line for stderr: two")
		})
	})
}

// Tests an unknown service and an unknown method.
func TestUnknownMethod(t *testing.T) {
	compareRaw(t, probe, func(raw *rawPlugin) {
		for _, name := range []string{"/generated.BackupItemAction/Unknown", "/generated.Unknown/Execute", "/v9.BackupItemAction/Execute"} {
			err := raw.conn.Invoke(limited(t), name, &emptypb.Empty{}, &emptypb.Empty{})
			raw.note(name, failureOf(err).Code)
		}
	})
}
