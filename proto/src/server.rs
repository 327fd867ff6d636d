//! Generates the code of a service: tonic's client, and a server of `go_plugin::grpc::Methods`.

use std::fmt::Write as _;

use prost_build::{Method, Service, ServiceGenerator};

/// Generates client and server of each service.
pub(crate) struct Services {
    client: Box<dyn ServiceGenerator>,
}

impl Default for Services {
    fn default() -> Self {
        let tonic = tonic_prost_build::configure().build_server(false).build_transport(false);
        Self { client: tonic.service_generator() }
    }
}

impl ServiceGenerator for Services {
    fn generate(&mut self, service: Service, out: &mut String) {
        let server = server(&service);
        self.client.generate(service, out);
        out.push_str(&server);
    }
}

/// Generates a module with a trait, as tonic does, and a function that creates a service from an implementation.
fn server(service: &Service) -> String {
    let Service { name, proto_name, package, methods, .. } = service;
    let module = module_of(name);
    let signatures: String = methods.iter().map(signature).collect();
    let registered: String = methods.iter().map(registered).collect();
    let mut used = vec!["Methods"];
    if methods.iter().any(|method| method.client_streaming) {
        used.insert(0, "Messages");
    }
    if methods.iter().any(|method| method.server_streaming) {
        used.insert(0, "Answers");
    }
    let used = used.join(", ");
    format!(
        "/// Generated server.
pub mod {module}_server {{
    #![allow(dead_code)]
    use std::future::Future;
    use std::sync::Arc;
    use tonic::{{Request, Response, Status}};
    use go_plugin::grpc::{{{used}}};
    /// The implementation of the service.
    pub trait {name}: Send + Sync + 'static {{
{signatures}    }}
    /// Creates the methods of the service.
    pub fn serve<T: {name}>(service: T) -> Methods {{
        let service = Arc::new(service);
        Methods::new(\"{package}.{proto_name}\")
{registered}    }}
}}
"
    )
}

fn signature(method: &Method) -> String {
    let Method { name, .. } = method;
    let (takes, gives) = (path(&method.input_type), path(&method.output_type));
    let takes = if method.client_streaming { format!("Messages<{takes}>") } else { takes };
    let gives = if method.server_streaming { format!("impl Answers<{gives}> + use<Self>") } else { gives };
    format!(
        "        fn {name}(
            &self,
            request: Request<{takes}>,
        ) -> impl Future<Output = Result<Response<{gives}>, Status>> + Send;
"
    )
}

fn registered(method: &Method) -> String {
    let Method { name, proto_name, .. } = method;
    let form = match (method.client_streaming, method.server_streaming) {
        (false, false) => "unary",
        (false, true) => "server_streaming",
        (true, false) => "client_streaming",
        (true, true) => "streaming",
    };
    let mut text = String::new();
    // Writing to a String cannot fail.
    let _ = writeln!(
        text,
        "            .{form}(\"{proto_name}\", {{
                let service = Arc::clone(&service);
                move |request| {{
                    let service = Arc::clone(&service);
                    async move {{ service.{name}(request).await }}
                }}
            }})"
    );
    text
}

/// The path of a message in the parent module; protobuf's Empty is `()`.
fn path(rust_type: &str) -> String {
    if rust_type == "()" || rust_type.starts_with("::") {
        rust_type.to_owned()
    } else {
        format!("super::{rust_type}")
    }
}

/// The name of a service's module: `object_store_server` for `ObjectStore`, and `grpc_stdio_server` for `GRPCStdio`, which
/// prost calls `GrpcStdio`.
fn module_of(name: &str) -> String {
    let mut module = String::new();
    for c in name.chars() {
        if c.is_ascii_uppercase() && !module.is_empty() {
            module.push('_');
        }
        module.push(c.to_ascii_lowercase());
    }
    module
}
