//! `grpc.reflection.*.ServerReflection`: the contracts of this binary, for tools such as grpcurl. Hosts do
//! not request them, so they are parsed on the first request.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use prost::Message;
use prost_types::{DescriptorProto, EnumDescriptorProto, FileDescriptorProto, FileDescriptorSet};
use tokio_stream::StreamExt as _;
use tonic::{Request, Response, Status};

use super::{Answers, Messages};
use crate::proto::reflection::server_reflection_request::MessageRequest;
use crate::proto::reflection::server_reflection_response::MessageResponse;
use crate::proto::reflection::server_reflection_server::ServerReflection;
use crate::proto::reflection::{
    ErrorResponse, ExtensionNumberResponse, FileDescriptorResponse, ListServiceResponse,
    ServerReflectionRequest, ServerReflectionResponse, ServiceResponse,
};

/// The contracts; clones share them.
#[derive(Clone)]
pub(super) struct Reflection {
    shared: Arc<Shared>,
}

struct Shared {
    services: Vec<&'static str>,
    descriptors: Vec<&'static [u8]>,
    contracts: OnceLock<Contracts>,
}

/// The indexed contracts.
#[derive(Default)]
struct Contracts {
    /// By file name, and by the names of all symbols in the file.
    files: BTreeMap<String, Bytes>,
    symbols: BTreeMap<String, Bytes>,
}

impl Reflection {
    /// Creates the reflection of these services from compiled file descriptor sets.
    pub(super) fn of(services: Vec<&'static str>, descriptors: Vec<&'static [u8]>) -> Self {
        Self { shared: Arc::new(Shared { services, descriptors, contracts: OnceLock::new() }) }
    }

    fn contracts(&self) -> &Contracts {
        self.shared.contracts.get_or_init(|| Contracts::read(&self.shared.descriptors))
    }

    fn answer(&self, asked: Option<&MessageRequest>) -> Result<MessageResponse, Status> {
        let contracts = self.contracts();
        let file = |file: Option<&Bytes>, what: &str| match file {
            Some(file) => Ok(MessageResponse::FileDescriptorResponse(FileDescriptorResponse {
                file_descriptor_proto: vec![file.clone()],
            })),
            None => Err(Status::not_found(format!("{what} not found"))),
        };
        match asked {
            Some(MessageRequest::ListServices(_)) => {
                let service = |name: &&str| ServiceResponse { name: (*name).to_owned() };
                let service = self.shared.services.iter().map(service).collect();
                Ok(MessageResponse::ListServicesResponse(ListServiceResponse { service }))
            }
            Some(MessageRequest::FileByFilename(name)) => {
                file(contracts.files.get(name), &format!("file `{name}`"))
            }
            Some(MessageRequest::FileContainingSymbol(name)) => {
                file(contracts.symbols.get(name), &format!("symbol `{name}`"))
            }
            // proto3 contracts have no extensions.
            Some(MessageRequest::FileContainingExtension(_)) => Err(Status::not_found("extension not found")),
            Some(MessageRequest::AllExtensionNumbersOfType(name)) if contracts.symbols.contains_key(name) => {
                let numbers = ExtensionNumberResponse { base_type_name: name.clone(), ..Default::default() };
                Ok(MessageResponse::AllExtensionNumbersResponse(numbers))
            }
            Some(MessageRequest::AllExtensionNumbersOfType(name)) => {
                Err(Status::not_found(format!("type `{name}` not found")))
            }
            None => Err(Status::invalid_argument("the request is empty")),
        }
    }
}

impl ServerReflection for Reflection {
    async fn server_reflection_info(
        &self,
        request: Request<Messages<ServerReflectionRequest>>,
    ) -> Result<Response<impl Answers<ServerReflectionResponse> + use<>>, Status> {
        let reflection = self.clone();
        let answers = request.into_inner().map(move |request| {
            let request = request?;
            let answer = reflection.answer(request.message_request.as_ref()).unwrap_or_else(|status| {
                let error_message = status.message().to_owned();
                MessageResponse::ErrorResponse(ErrorResponse {
                    error_code: status.code().into(),
                    error_message,
                })
            });
            Ok(ServerReflectionResponse {
                valid_host: request.host.clone(),
                original_request: Some(request),
                message_response: Some(answer),
            })
        });
        Ok(Response::new(answers))
    }
}

impl Contracts {
    /// An invalid set is ignored.
    fn read(sets: &[&[u8]]) -> Self {
        let mut contracts = Self::default();
        for file in
            sets.iter().filter_map(|set| FileDescriptorSet::decode(*set).ok()).flat_map(|set| set.file)
        {
            contracts.add(&file);
        }
        contracts
    }

    fn add(&mut self, file: &FileDescriptorProto) {
        let encoded = Bytes::from(file.encode_to_vec());
        if self.files.insert(file.name().to_owned(), encoded.clone()).is_some() {
            return;
        }
        let package = file.package();
        let mut symbols = Vec::new();
        for message in &file.message_type {
            in_message(&mut symbols, package, message);
        }
        for values in &file.enum_type {
            in_enum(&mut symbols, package, values);
        }
        for service in &file.service {
            let name = join(package, service.name());
            symbols.extend(service.method.iter().map(|method| join(&name, method.name())));
            symbols.push(name);
        }
        self.symbols.extend(symbols.into_iter().map(|name| (name, encoded.clone())));
    }
}

fn in_message(symbols: &mut Vec<String>, scope: &str, message: &DescriptorProto) {
    let name = join(scope, message.name());
    for nested in &message.nested_type {
        in_message(symbols, &name, nested);
    }
    for values in &message.enum_type {
        in_enum(symbols, &name, values);
    }
    symbols.extend(message.field.iter().map(|field| join(&name, field.name())));
    symbols.extend(message.oneof_decl.iter().map(|oneof| join(&name, oneof.name())));
    symbols.push(name);
}

fn in_enum(symbols: &mut Vec<String>, scope: &str, values: &EnumDescriptorProto) {
    let name = join(scope, values.name());
    symbols.extend(values.value.iter().map(|value| join(&name, value.name())));
    symbols.push(name);
}

fn join(scope: &str, name: &str) -> String {
    if scope.is_empty() { name.to_owned() } else { format!("{scope}.{name}") }
}

#[cfg(test)]
mod tests {
    use tonic::Code;

    use super::*;
    use crate::proto::DESCRIPTORS;
    use crate::proto::reflection::ExtensionRequest;

    const SERVICES: [&str; 3] = ["grpc.health.v1.Health", "plugin.GRPCBroker", "plugin.GRPCStdio"];

    fn reflection() -> Reflection {
        Reflection::of(SERVICES.to_vec(), DESCRIPTORS.to_vec())
    }

    #[test]
    fn lists_and_describes_every_service() {
        let reflection = reflection();
        let asked = MessageRequest::ListServices(String::new());
        let Ok(MessageResponse::ListServicesResponse(list)) = reflection.answer(Some(&asked)) else {
            panic!("not listed")
        };
        assert_eq!(list.service.iter().map(|service| &*service.name).collect::<Vec<_>>(), SERVICES);
        for service in SERVICES {
            let asked = MessageRequest::FileContainingSymbol(service.into());
            let Ok(MessageResponse::FileDescriptorResponse(answer)) = reflection.answer(Some(&asked)) else {
                panic!("{service} is not described")
            };
            let file = FileDescriptorProto::decode(answer.file_descriptor_proto[0].clone()).unwrap();
            assert!(file.service.iter().any(|found| service.ends_with(found.name())), "{service}");
        }
    }

    #[test]
    fn no_message_has_extensions() {
        let of =
            |name: &str| reflection().answer(Some(&MessageRequest::AllExtensionNumbersOfType(name.into())));
        let Ok(MessageResponse::AllExtensionNumbersResponse(answer)) = of("plugin.StdioData") else {
            panic!("expected the numbers of extensions")
        };
        assert_eq!((&*answer.base_type_name, &answer.extension_number[..]), ("plugin.StdioData", &[][..]));
        assert_eq!(of("plugin.Nothing").unwrap_err().code(), Code::NotFound);
        let extension = MessageRequest::FileContainingExtension(ExtensionRequest::default());
        assert_eq!(reflection().answer(Some(&extension)).unwrap_err().code(), Code::NotFound);
        assert_eq!(reflection().answer(None).unwrap_err().code(), Code::InvalidArgument);
    }

    #[test]
    fn finds_symbols_by_full_name() {
        let asked = MessageRequest::FileContainingSymbol("plugin.Nothing".into());
        let status = reflection().answer(Some(&asked)).unwrap_err();
        assert_eq!((status.code(), status.message()), (Code::NotFound, "symbol `plugin.Nothing` not found"));
        for symbol in [
            "grpc.health.v1.HealthCheckRequest.service",
            "plugin.StdioData.Channel.STDOUT",
            "grpc.reflection.v1alpha.ServerReflection",
        ] {
            let asked = MessageRequest::FileContainingSymbol(symbol.into());
            assert!(reflection().answer(Some(&asked)).is_ok(), "{symbol}");
        }
    }
}
