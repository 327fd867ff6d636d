//! Shared parts of go-plugin's examples, in Rust: contracts, handshake, and the files that store values.

use std::io;

use go_plugin::Handshake;

/// The cookie of go-plugin's examples.
pub const HANDSHAKE: Handshake = Handshake::new("BASIC_PLUGIN", "hello");

macro_rules! contract {
    ($name:ident, $package:literal, $folder:literal) => {
        #[allow(clippy::all, clippy::pedantic, missing_docs, unreachable_pub, unused_qualifications)]
        pub mod $name {
            include!(concat!(env!("OUT_DIR"), "/", $folder, "/", $package, ".rs"));

            pub const DESCRIPTORS: &[u8] =
                include_bytes!(concat!(env!("OUT_DIR"), "/", $folder, "/descriptors.bin"));
        }
    };
}

contract!(counter, "proto", "counter");
contract!(kv, "proto", "kv");
contract!(streamer, "proto", "streamer");
contract!(test, "grpctest", "test");

/// Files in the working directory, one per key.
pub mod files {
    use super::io;

    /// Reads the value of a key. Errors have the same text as in Go.
    pub fn get(key: &str) -> Result<Vec<u8>, String> {
        let path = format!("kv_{key}");
        std::fs::read(&path).map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => format!("open {path}: no such file or directory"),
            _ => format!("open {path}: {error}"),
        })
    }

    /// Stores a value followed by a remark.
    pub fn put(key: &str, value: &[u8], remark: &str) -> Result<(), String> {
        let value = [value, remark.as_bytes()].concat();
        std::fs::write(format!("kv_{key}"), value).map_err(|error| error.to_string())
    }
}

/// The store of the examples `grpc` and `negotiated`, over gRPC.
pub mod grpc_store {
    use tonic::{Request, Response, Status};

    use crate::files;
    use crate::kv::kv_server::{Kv, KvServer};
    use crate::kv::{Empty, GetRequest, GetResponse, PutRequest};

    /// The store, with the remarks to append to values.
    #[derive(Debug, Clone, Copy)]
    pub struct Store {
        /// Appended to a stored value.
        pub written: &'static str,
        /// Appended when a value is read.
        pub read: &'static str,
    }

    impl Store {
        /// The service, without a limit on the message size.
        pub fn service(self) -> KvServer<Self> {
            KvServer::new(self).max_decoding_message_size(usize::MAX)
        }
    }

    #[tonic::async_trait]
    impl Kv for Store {
        async fn get(&self, request: Request<GetRequest>) -> Result<Response<GetResponse>, Status> {
            let mut value = files::get(&request.into_inner().key).map_err(Status::unknown)?;
            value.extend(self.read.bytes());
            Ok(Response::new(GetResponse { value }))
        }

        async fn put(&self, request: Request<PutRequest>) -> Result<Response<Empty>, Status> {
            let PutRequest { key, value } = request.into_inner();
            files::put(&key, &value, self.written).map_err(Status::unknown)?;
            Ok(Response::new(Empty {}))
        }
    }
}

/// The same store over net/rpc.
pub mod net_rpc_store {
    use std::collections::BTreeMap;

    use go_plugin::net_rpc::gob::{Basic, GobError, Nil};
    use go_plugin::net_rpc::{Answer, Arguments, Reply, Service};

    use crate::files;

    /// The store, with the remarks to append to values.
    #[derive(Debug, Clone, Copy)]
    pub struct Store {
        /// Appended to a stored value.
        pub written: &'static str,
        /// Appended when a value is read.
        pub read: &'static str,
    }

    impl Store {
        fn get(self, key: &str) -> Result<Reply, String> {
            let mut value = files::get(key)?;
            value.extend(self.read.bytes());
            Ok(Reply::new(value))
        }

        fn put(self, arguments: &BTreeMap<String, Basic>) -> Result<Reply, String> {
            match (arguments.get("key"), arguments.get("value")) {
                (Some(Basic::String(key)), Some(Basic::Bytes(value))) => {
                    files::put(key, value, self.written)?;
                    Ok(Reply::new(Nil))
                }
                _ => Err("expected `key`, a string, and `value`, bytes".into()),
            }
        }
    }

    impl Service for Store {
        fn call(&self, method: &str, arguments: Arguments<'_>) -> Option<Result<Answer, GobError>> {
            let reply = match method {
                "Get" => arguments.read::<String>().map(|key| self.get(&key)),
                "Put" => arguments.read().map(|arguments| self.put(&arguments)),
                _ => return None,
            };
            Some(reply.map(|reply| -> Answer { Box::pin(std::future::ready(reply)) }))
        }
    }
}
