//! What Go's own client and server have written, and what is read from it. The fixtures are made by
//! `conformance/ephemeral-access/fixtures`.

use serde_json::json;

use go_plugin::net_rpc::Empty;
use go_plugin::net_rpc::gob::{Decoder, Encoder, Gob, Nil, gob_struct, put_bytes};

use super::wire::{self, AccessArgs, AccessResponse, InitResponse, Response};
use crate::types::{AccessRequest, Application};

gob_struct! {
    struct Request = "Request" {
        method: String = "ServiceMethod",
        seq: u64 = "Seq",
    }

    struct Head = "Response" {
        method: String = "ServiceMethod",
        seq: u64 = "Seq",
        error: String = "Error",
    }
}

/// As much memory as nobody needs.
const AMPLE: usize = 1 << 20;

/// The messages of a stream, without the lengths before them.
fn messages(mut stream: &[u8]) -> Vec<&[u8]> {
    let mut messages = Vec::new();
    while let [first, rest @ ..] = stream {
        // Up to 127 in one byte; a longer one is the number of its bytes, negated, and then these.
        let count = if *first < 0x80 { 0 } else { usize::from(first.wrapping_neg()) };
        let (length, rest) = rest.split_at(count);
        let length = length.iter().fold(0, |length, byte| length << 8 | usize::from(*byte));
        let (message, rest) = rest.split_at(if count == 0 { usize::from(*first) } else { length });
        messages.push(message);
        stream = rest;
    }
    messages
}

const REQUESTS: &[u8] = include_bytes!("fixtures/requests.gob");
const REPLIES: &[u8] = include_bytes!("fixtures/replies.gob");
const LATER: &[u8] = include_bytes!("fixtures/later.gob");

/// One direction of a stream.
struct Recorded {
    messages: std::vec::IntoIter<&'static [u8]>,
    decoder: Decoder,
}

impl Recorded {
    fn of(stream: &'static [u8]) -> Self {
        Self { messages: messages(stream).into_iter(), decoder: Decoder::default() }
    }

    fn next<T: Gob>(&mut self) -> T {
        let mut message = self.message();
        loop {
            let Some(value) = self.decoder.read(&message).unwrap() else {
                message = self.message();
                continue;
            };
            match self.decoder.decode(value, AMPLE) {
                Ok(value) => return value,
                Err(error) if error.is_unfinished() => put_bytes(&mut message, &self.message()),
                Err(error) => panic!("{error}"),
            }
        }
    }

    fn message(&mut self) -> Vec<u8> {
        self.messages.next().expect("one more message").to_vec()
    }
}

fn full() -> serde_json::Value {
    json!({
        "apiVersion": "ephemeral-access.argoproj-labs.io/v1alpha1",
        "kind": "AccessRequest",
        "metadata": {
            "name": "alice-dev", "generateName": "alice-", "namespace": "argocd", "selfLink": "/x", "uid": "u-1",
            "resourceVersion": "17", "generation": -3, "creationTimestamp": "2026-05-01T02:29:43.000000005Z",
            "deletionTimestamp": "2026-05-01T03:29:43.000000005Z", "deletionGracePeriodSeconds": 30,
            "labels": {"team": "shop"}, "annotations": {"note": "é", "": ""},
            "ownerReferences": [
                // Go's gob drops a false behind a pointer.
                {"apiVersion": "v1", "kind": "Pod", "name": "p", "uid": "u-2", "controller": true},
                {"apiVersion": "", "kind": "", "name": "", "uid": ""},
            ],
            "finalizers": ["a", ""],
            "managedFields": [{
                "manager": "kubectl", "operation": "Update", "apiVersion": "v1",
                "time": "2026-05-01T04:29:43.000000005Z", "fieldsType": "FieldsV1", "fieldsV1": {"f:spec": {}},
                "subresource": "status",
            }],
        },
        "spec": {
            "duration": "4h0m0s",
            "role": {
                "templateRef": {"name": "devops", "namespace": "argocd"}, "ordinal": -2, "friendlyName": "DevOps",
            },
            "application": {"name": "shop", "namespace": "apps"},
            "subject": {"username": "alice"},
        },
        "status": {
            "requestState": "granted", "targetProject": "shop", "expiresAt": "2026-05-01T06:29:43.000000005Z",
            "roleTemplateHash": "abc", "roleName": "ephemeral-devops",
            "history": [
                {"transitionTime": "1969-12-31T23:59:59Z", "status": "requested", "details": "CHG-1"},
                {"transitionTime": null, "status": null},
            ],
        },
    })
}

#[test]
fn every_field_that_go_sends_is_read() {
    let mut requests = Recorded::of(REQUESTS);
    let mut seq = 0;
    let mut method = |requests: &mut Recorded| {
        let request: Request = requests.next();
        assert_eq!(request.seq, seq);
        seq += 1;
        request.method
    };
    assert_eq!(method(&mut requests), "Plugin.Init");
    requests.next::<Nil>();
    for (expected, name, there) in [
        ("Plugin.GrantAccess", "alice-dev", true),
        ("Plugin.GrantAccess", "", true),
        ("Plugin.GrantAccess", "", false),
        ("Plugin.GrantAccess", "error", true),
        ("Plugin.GrantAccess", "nil", true),
        ("Plugin.RevokeAccess", "alice-dev", true),
    ] {
        assert_eq!(method(&mut requests), expected);
        let AccessArgs { request, application } = requests.next();
        assert_eq!((request.is_some(), application.is_some()), (there, there));
        let (request, application) = (
            AccessRequest::from(request.unwrap_or_default()),
            Application::from(application.unwrap_or_default()),
        );
        assert_eq!(request.metadata.name, name);
        if name == "alice-dev" {
            assert_eq!(serde_json::to_value(&request).unwrap(), full());
        }
        if name.is_empty() {
            assert_eq!((request, application), (AccessRequest::default(), Application::default()));
        } else {
            assert_eq!((&*application.kind, &*application.spec.project), ("Application", "shop"));
            assert_eq!(application.metadata.annotations["long"].len(), 300);
        }
    }
    assert_eq!(method(&mut requests), "Plugin.Missing");
    assert!(requests.next::<bool>());
    assert_eq!(method(&mut requests), "Other.Init");
}

#[test]
fn every_answer_of_go_is_read() {
    let mut replies = Recorded::of(REPLIES);
    let granted = |name: &str| Response { status: "granted".into(), message: format!("for {name}") };
    let mut next =
        |method: &str| assert_eq!(replies.next::<Head>(), Head { method: method.into(), ..Head::default() });
    next("Plugin.Init");
    assert_eq!(replies.next::<InitResponse>(), InitResponse::default());
    for (seq, method, response, error) in [
        (1, "Plugin.GrantAccess", Some(granted("alice-dev")), None),
        (2, "Plugin.GrantAccess", Some(granted("")), None),
        (3, "Plugin.GrantAccess", None, Some("no request")),
        (4, "Plugin.GrantAccess", None, Some("it broke")),
        (5, "Plugin.GrantAccess", None, None),
        (
            6,
            "Plugin.RevokeAccess",
            Some(Response { status: "revoke-pending".into(), ..Response::default() }),
            None,
        ),
    ] {
        let head = Head { method: method.into(), seq, error: String::new() };
        assert_eq!(replies.next::<Head>(), head);
        let error = error.map(|text| wire::error(text.to_owned())).unwrap_or_default();
        assert_eq!(replies.next::<AccessResponse>(), AccessResponse { response, error });
    }
    for (seq, method, error) in [
        (7, "Plugin.Missing", "rpc: can't find method Plugin.Missing"),
        (8, "Other.Init", "rpc: can't find service Other.Init"),
    ] {
        let head = Head { method: method.into(), seq, error: error.into() };
        assert_eq!(replies.next::<Head>(), head);
        replies.next::<Empty>();
    }
}

/// gob looks at the names of fields, so that a newer controller may send more.
#[test]
fn fields_that_are_not_known_are_skipped_whatever_they_are() {
    let AccessArgs { request, application } = Recorded::of(LATER).next();
    let mut expected = AccessRequest::default();
    expected.spec.subject.username = "alice".into();
    expected.spec.subject.user_id = Some("a-1".into());
    assert_eq!(AccessRequest::from(request.unwrap()), expected);
    assert_eq!(Application::from(application.unwrap()).spec.project, "shop");
}

#[test]
fn what_is_read_is_written_again_the_same() {
    let mut requests = Recorded::of(REQUESTS);
    requests.next::<Request>();
    requests.next::<Nil>();
    requests.next::<Request>();
    let arguments: AccessArgs = requests.next();
    let encoded = Encoder::default().encode(&arguments);
    let mut decoder = Decoder::default();
    let again = messages(&encoded).into_iter().find_map(|message| {
        let value = decoder.read(message).unwrap()?;
        Some(decoder.decode::<AccessArgs>(value, AMPLE).unwrap())
    });
    assert_eq!(again, Some(arguments));
}
