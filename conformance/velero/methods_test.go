package conformance

import (
	"context"

	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/emptypb"

	"github.com/vmware-tanzu/velero/pkg/plugin/generated"
	biav2 "github.com/vmware-tanzu/velero/pkg/plugin/generated/backupitemaction/v2"
	ibav1 "github.com/vmware-tanzu/velero/pkg/plugin/generated/itemblockaction/v1"
	riav2 "github.com/vmware-tanzu/velero/pkg/plugin/generated/restoreitemaction/v2"
)

// A method is one of Velero's RPCs, with a valid request.
type method struct {
	name     string
	request  func(plugin string) proto.Message
	response func() proto.Message
	// stream makes the call if the method is streaming.
	stream func(ctx context.Context, conn *grpc.ClientConn, request proto.Message) error
}

var (
	anItem    = []byte(`{"apiVersion":"v1","kind":"Pod","metadata":{"name":"web-0","namespace":"shop"}}`)
	aBackup   = []byte(`{"apiVersion":"velero.io/v1","kind":"Backup","metadata":{"name":"nightly","namespace":"velero"}}`)
	aRestore  = []byte(`{"apiVersion":"velero.io/v1","kind":"Restore","metadata":{"name":"monday","namespace":"velero"}}`)
	someTexts = map[string]string{"bucket": "b"}
)

func unary[Q, A proto.Message](name string, answer A, request func(plugin string) Q) method {
	return method{
		name:     name,
		request:  func(plugin string) proto.Message { return request(plugin) },
		response: func() proto.Message { return answer.ProtoReflect().New().Interface() },
	}
}

// methods returns all methods except PluginLister's.
func methods() []method {
	all := storeMethods()
	all = append(all, snapshotterMethods()...)
	all = append(all, backupMethods()...)
	all = append(all, restoreMethods()...)
	return append(all, otherMethods()...)
}

func storeMethods() []method {
	const service = "/generated.ObjectStore/"
	return []method{
		unary(service+"Init", &generated.Empty{}, func(plugin string) *generated.ObjectStoreInitRequest {
			return &generated.ObjectStoreInitRequest{Plugin: plugin, Config: someTexts}
		}),
		{
			name: service + "PutObject",
			request: func(plugin string) proto.Message {
				return &generated.PutObjectRequest{Plugin: plugin, Bucket: "b", Key: "k", Body: []byte("x")}
			},
			stream: func(ctx context.Context, conn *grpc.ClientConn, request proto.Message) error {
				stream, err := generated.NewObjectStoreClient(conn).PutObject(ctx)
				if err != nil {
					return err
				}
				if err := stream.Send(request.(*generated.PutObjectRequest)); err != nil {
					return err
				}
				_, err = stream.CloseAndRecv()
				return err
			},
		},
		unary(service+"ObjectExists", &generated.ObjectExistsResponse{}, func(plugin string) *generated.ObjectExistsRequest {
			return &generated.ObjectExistsRequest{Plugin: plugin, Bucket: "b", Key: "k"}
		}),
		{
			name: service + "GetObject",
			request: func(plugin string) proto.Message {
				return &generated.GetObjectRequest{Plugin: plugin, Bucket: "b", Key: "k"}
			},
			stream: func(ctx context.Context, conn *grpc.ClientConn, request proto.Message) error {
				stream, err := generated.NewObjectStoreClient(conn).GetObject(ctx, request.(*generated.GetObjectRequest))
				if err != nil {
					return err
				}
				_, err = stream.Recv()
				return err
			},
		},
		unary(service+"ListCommonPrefixes", &generated.ListCommonPrefixesResponse{}, func(plugin string) *generated.ListCommonPrefixesRequest {
			return &generated.ListCommonPrefixesRequest{Plugin: plugin, Bucket: "b", Delimiter: "/"}
		}),
		unary(service+"ListObjects", &generated.ListObjectsResponse{}, func(plugin string) *generated.ListObjectsRequest {
			return &generated.ListObjectsRequest{Plugin: plugin, Bucket: "b"}
		}),
		unary(service+"DeleteObject", &generated.Empty{}, func(plugin string) *generated.DeleteObjectRequest {
			return &generated.DeleteObjectRequest{Plugin: plugin, Bucket: "b", Key: "k"}
		}),
		unary(service+"CreateSignedURL", &generated.CreateSignedURLResponse{}, func(plugin string) *generated.CreateSignedURLRequest {
			return &generated.CreateSignedURLRequest{Plugin: plugin, Bucket: "b", Key: "k", Ttl: 1}
		}),
	}
}

func snapshotterMethods() []method {
	const service = "/generated.VolumeSnapshotter/"
	return []method{
		unary(service+"Init", &generated.Empty{}, func(plugin string) *generated.VolumeSnapshotterInitRequest {
			return &generated.VolumeSnapshotterInitRequest{Plugin: plugin, Config: someTexts}
		}),
		unary(service+"CreateVolumeFromSnapshot", &generated.CreateVolumeResponse{}, func(plugin string) *generated.CreateVolumeRequest {
			return &generated.CreateVolumeRequest{Plugin: plugin, SnapshotID: "s", VolumeType: "t"}
		}),
		unary(service+"GetVolumeInfo", &generated.GetVolumeInfoResponse{}, func(plugin string) *generated.GetVolumeInfoRequest {
			return &generated.GetVolumeInfoRequest{Plugin: plugin, VolumeID: "v"}
		}),
		unary(service+"CreateSnapshot", &generated.CreateSnapshotResponse{}, func(plugin string) *generated.CreateSnapshotRequest {
			return &generated.CreateSnapshotRequest{Plugin: plugin, VolumeID: "v"}
		}),
		unary(service+"DeleteSnapshot", &generated.Empty{}, func(plugin string) *generated.DeleteSnapshotRequest {
			return &generated.DeleteSnapshotRequest{Plugin: plugin, SnapshotID: "s"}
		}),
		unary(service+"GetVolumeID", &generated.GetVolumeIDResponse{}, func(plugin string) *generated.GetVolumeIDRequest {
			return &generated.GetVolumeIDRequest{Plugin: plugin, PersistentVolume: anItem}
		}),
		unary(service+"SetVolumeID", &generated.SetVolumeIDResponse{}, func(plugin string) *generated.SetVolumeIDRequest {
			return &generated.SetVolumeIDRequest{Plugin: plugin, PersistentVolume: anItem, VolumeID: "v"}
		}),
	}
}

func backupMethods() []method {
	const v1, v2 = "/generated.BackupItemAction/", "/v2.BackupItemAction/"
	return []method{
		unary(v1+"AppliesTo", &generated.BackupItemActionAppliesToResponse{}, func(plugin string) *generated.BackupItemActionAppliesToRequest {
			return &generated.BackupItemActionAppliesToRequest{Plugin: plugin}
		}),
		unary(v1+"Execute", &generated.ExecuteResponse{}, func(plugin string) *generated.ExecuteRequest {
			return &generated.ExecuteRequest{Plugin: plugin, Item: anItem, Backup: aBackup}
		}),
		unary(v2+"AppliesTo", &biav2.BackupItemActionAppliesToResponse{}, func(plugin string) *biav2.BackupItemActionAppliesToRequest {
			return &biav2.BackupItemActionAppliesToRequest{Plugin: plugin}
		}),
		unary(v2+"Execute", &biav2.ExecuteResponse{}, func(plugin string) *biav2.ExecuteRequest {
			return &biav2.ExecuteRequest{Plugin: plugin, Item: anItem, Backup: aBackup}
		}),
		unary(v2+"Progress", &biav2.BackupItemActionProgressResponse{}, func(plugin string) *biav2.BackupItemActionProgressRequest {
			return &biav2.BackupItemActionProgressRequest{Plugin: plugin, OperationID: "running", Backup: aBackup}
		}),
		unary(v2+"Cancel", &emptypb.Empty{}, func(plugin string) *biav2.BackupItemActionCancelRequest {
			return &biav2.BackupItemActionCancelRequest{Plugin: plugin, OperationID: "running", Backup: aBackup}
		}),
	}
}

func restoreMethods() []method {
	const v1, v2 = "/generated.RestoreItemAction/", "/v2.RestoreItemAction/"
	return []method{
		unary(v1+"AppliesTo", &generated.RestoreItemActionAppliesToResponse{}, func(plugin string) *generated.RestoreItemActionAppliesToRequest {
			return &generated.RestoreItemActionAppliesToRequest{Plugin: plugin}
		}),
		unary(v1+"Execute", &generated.RestoreItemActionExecuteResponse{}, func(plugin string) *generated.RestoreItemActionExecuteRequest {
			return &generated.RestoreItemActionExecuteRequest{Plugin: plugin, Item: anItem, ItemFromBackup: anItem, Restore: aRestore}
		}),
		unary(v2+"AppliesTo", &riav2.RestoreItemActionAppliesToResponse{}, func(plugin string) *riav2.RestoreItemActionAppliesToRequest {
			return &riav2.RestoreItemActionAppliesToRequest{Plugin: plugin}
		}),
		unary(v2+"Execute", &riav2.RestoreItemActionExecuteResponse{}, func(plugin string) *riav2.RestoreItemActionExecuteRequest {
			return &riav2.RestoreItemActionExecuteRequest{Plugin: plugin, Item: anItem, ItemFromBackup: anItem, Restore: aRestore}
		}),
		unary(v2+"Progress", &riav2.RestoreItemActionProgressResponse{}, func(plugin string) *riav2.RestoreItemActionProgressRequest {
			return &riav2.RestoreItemActionProgressRequest{Plugin: plugin, OperationID: "running", Restore: aRestore}
		}),
		unary(v2+"Cancel", &emptypb.Empty{}, func(plugin string) *riav2.RestoreItemActionCancelRequest {
			return &riav2.RestoreItemActionCancelRequest{Plugin: plugin, OperationID: "running", Restore: aRestore}
		}),
		unary(v2+"AreAdditionalItemsReady", &riav2.RestoreItemActionItemsReadyResponse{}, func(plugin string) *riav2.RestoreItemActionItemsReadyRequest {
			return &riav2.RestoreItemActionItemsReadyRequest{Plugin: plugin, Restore: aRestore}
		}),
	}
}

func otherMethods() []method {
	const deletion, block = "/generated.DeleteItemAction/", "/v1.ItemBlockAction/"
	return []method{
		unary(deletion+"AppliesTo", &generated.DeleteItemActionAppliesToResponse{}, func(plugin string) *generated.DeleteItemActionAppliesToRequest {
			return &generated.DeleteItemActionAppliesToRequest{Plugin: plugin}
		}),
		unary(deletion+"Execute", &generated.Empty{}, func(plugin string) *generated.DeleteItemActionExecuteRequest {
			return &generated.DeleteItemActionExecuteRequest{Plugin: plugin, Item: anItem, Backup: aBackup}
		}),
		unary(block+"AppliesTo", &ibav1.ItemBlockActionAppliesToResponse{}, func(plugin string) *ibav1.ItemBlockActionAppliesToRequest {
			return &ibav1.ItemBlockActionAppliesToRequest{Plugin: plugin}
		}),
		unary(block+"GetRelatedItems", &ibav1.ItemBlockActionGetRelatedItemsResponse{}, func(plugin string) *ibav1.ItemBlockActionGetRelatedItemsRequest {
			return &ibav1.ItemBlockActionGetRelatedItemsRequest{Plugin: plugin, Item: anItem, Backup: aBackup}
		}),
	}
}
