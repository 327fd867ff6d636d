//! `generated.PluginLister`, which Ark 0.9 lacks: a host that calls it is a later one.

use tonic::{Request, Response, Status};

use crate::hosts::ark::file_name::FileName;
use crate::hosts::velero::proto::generated::plugin_lister_server::{PluginLister, serve};
use crate::hosts::velero::proto::generated::{Empty, ListPluginsResponse};
use go_plugin::grpc::Methods;

pub(super) fn service(file: &FileName) -> Methods {
    serve(Lister { file: file.to_string() })
}

pub(super) struct Lister {
    file: String,
}

impl PluginLister for Lister {
    async fn list_plugins(&self, _: Request<Empty>) -> Result<Response<ListPluginsResponse>, Status> {
        let Self { file } = self;
        Err(Status::failed_precondition(format!(
            "the file `{file}` has a name for Ark 0.9, but this host is a later one; install the plugin once, under \
             another name"
        )))
    }
}
