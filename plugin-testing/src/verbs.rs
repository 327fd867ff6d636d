//! Implements the verbs.

use serde_json::{Value, json};

use crate::cluster::FakeCluster;
use crate::objects::{Key, Objects, metadata};
use crate::patch;
use crate::request::Target;
use crate::select::Selector;
use crate::status::Failure;

type Answer = Result<(u16, Value), Failure>;

impl FakeCluster {
    /// Handles every verb except watch.
    pub(super) fn answer(&self, verb: &str, target: &Target, media_type: &str, body: &Value) -> Answer {
        if !matches!(target.subresource.as_str(), "" | "status") {
            return Err(Failure::no_path());
        }
        let mut objects = self.objects();
        let answer = match verb {
            "get" => get(&objects, target),
            "list" => list(&objects, target),
            "create" => create(&mut objects, target, body),
            "update" => update(&mut objects, target, body),
            "patch" => patch(&mut objects, target, media_type, body),
            "delete" => delete(&mut objects, target, body),
            _ => delete_collection(&mut objects, target),
        };
        self.changed(objects.version());
        answer
    }
}

fn key(target: &Target) -> Key {
    Key {
        resource: target.resource.clone(),
        namespace: target.namespace.clone().unwrap_or_default(),
        name: target.name.clone(),
    }
}

fn there<'a>(objects: &'a Objects, target: &Target) -> Result<&'a Value, Failure> {
    objects.get(&key(target)).ok_or_else(|| Failure::not_found(&target.resource, &target.name))
}

fn is_dry_run(target: &Target) -> bool {
    !target.query("dryRun").is_empty()
}

fn get(objects: &Objects, target: &Target) -> Answer {
    Ok((200, there(objects, target)?.clone()))
}

/// A page ends before the object named by `continue`.
fn list(objects: &Objects, target: &Target) -> Answer {
    let selector = Selector::of(target)?;
    let limit = target.query("limit").parse().ok().filter(|limit| *limit > 0).unwrap_or(usize::MAX);
    let token = |key: &Key| format!("{}/{}", key.namespace, key.name);
    let start = target.query("continue");
    let mut found = objects
        .of(&target.resource, target.namespace.as_deref())
        .filter(|(_, object)| selector.matches(object))
        .skip_while(|(key, _)| !start.is_empty() && token(key) != start);
    let items: Vec<&Value> = found.by_ref().take(limit).map(|(_, object)| object).collect();
    let mut list_metadata = json!({"resourceVersion": objects.version().to_string()});
    if let Some((next, _)) = found.next() {
        list_metadata["continue"] = json!(token(next));
        list_metadata["remainingItemCount"] = json!(found.count() + 1);
    }
    let kind = items.first().and_then(|item| item["kind"].as_str()).unwrap_or_default();
    let version = match target.resource.group.as_str() {
        "" => target.version.clone(),
        group => format!("{group}/{}", target.version),
    };
    Ok((
        200,
        json!({"kind": format!("{kind}List"), "apiVersion": version, "metadata": list_metadata, "items": items}),
    ))
}

fn create(objects: &mut Objects, target: &Target, body: &Value) -> Answer {
    let mut object = body.clone();
    let namespace = target.namespace.clone().unwrap_or_default();
    let given = body.pointer("/metadata/namespace").and_then(Value::as_str).unwrap_or_default();
    if !given.is_empty() && given != namespace {
        return Err(Failure::bad_request(format!(
            "the namespace of the provided object does not match the namespace sent on the request: expected \
             \"{namespace}\", found \"{given}\""
        )));
    }
    if body.pointer("/metadata/resourceVersion").and_then(Value::as_str).is_some_and(|text| !text.is_empty())
    {
        let why = "resourceVersion should not be set on objects to be created".to_owned();
        return Err(Failure::bad_request(why));
    }
    let fields = metadata(&mut object);
    let text = |key: &str| fields.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
    let name = match (text("name"), text("generateName")) {
        (name, _) if !name.is_empty() => name,
        (_, prefix) if !prefix.is_empty() => objects.generate_name(&prefix),
        _ => return Err(Failure::bad_request("name or generateName is required".to_owned())),
    };
    fields.insert("name".into(), json!(name));
    if !namespace.is_empty() {
        fields.insert("namespace".into(), json!(namespace));
    }
    let key = Key { name, ..key(target) };
    if objects.get(&key).is_some() {
        return Err(Failure::already_exists(&key.resource, &key.name));
    }
    Ok((201, if is_dry_run(target) { object } else { objects.create(key, object) }))
}

fn update(objects: &mut Objects, target: &Target, body: &Value) -> Answer {
    let old = there(objects, target)?;
    check_version(old, body, target)?;
    write(objects, target, body.clone())
}

fn patch(objects: &mut Objects, target: &Target, media_type: &str, body: &Value) -> Answer {
    let applies = media_type == "application/apply-patch+yaml";
    if applies && target.query("fieldManager").is_empty() {
        return Err(Failure::bad_request("fieldManager is required for apply patch".to_owned()));
    }
    if applies && target.subresource.is_empty() && objects.get(&key(target)).is_none() {
        let mut object = body.clone();
        metadata(&mut object).insert("name".into(), json!(target.name));
        return create(objects, target, &object);
    }
    let old = there(objects, target)?;
    if body.is_object() {
        check_version(old, body, target)?;
    }
    let mut object = old.clone();
    patch::apply(media_type, &mut object, body)?;
    write(objects, target, object)
}

/// Replaces the status, or everything except the name and the server's fields.
fn write(objects: &mut Objects, target: &Target, mut object: Value) -> Answer {
    let old = there(objects, target)?;
    if target.subresource == "status" {
        let mut with_status = old.clone();
        with_status["status"] = object["status"].take();
        object = with_status;
    }
    let key = key(target);
    metadata(&mut object).insert("name".into(), json!(key.name));
    if !key.namespace.is_empty() {
        metadata(&mut object).insert("namespace".into(), json!(key.namespace));
    }
    Ok((200, if is_dry_run(target) { object } else { objects.update(&key, object) }))
}

fn check_version(old: &Value, new: &Value, target: &Target) -> Result<(), Failure> {
    let version = |object: &Value| {
        object.pointer("/metadata/resourceVersion").and_then(Value::as_str).map(String::from)
    };
    match version(new) {
        Some(given) if !given.is_empty() && Some(&given) != version(old).as_ref() => {
            let why =
                "the object has been modified; please apply your changes to the latest version and try again";
            Err(Failure::conflict(&target.resource, &target.name, why))
        }
        _ => Ok(()),
    }
}

fn delete(objects: &mut Objects, target: &Target, options: &Value) -> Answer {
    let object = there(objects, target)?.clone();
    for field in ["uid", "resourceVersion"] {
        let wanted = options.pointer(&format!("/preconditions/{field}")).filter(|wanted| !wanted.is_null());
        if wanted.is_some_and(|wanted| *wanted != object["metadata"][field]) {
            let why = format!("the precondition on the {field} does not hold");
            return Err(Failure::conflict(&target.resource, &target.name, &why));
        }
    }
    if is_dry_run(target) {
        return Ok((200, object));
    }
    let details = json!({
        "name": target.name, "group": target.resource.group, "kind": target.resource.plural,
        "uid": object["metadata"]["uid"],
    });
    let gone = json!({"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "details": details});
    Ok((200, objects.delete(&key(target)).unwrap_or(gone)))
}

fn delete_collection(objects: &mut Objects, target: &Target) -> Answer {
    let selector = Selector::of(target)?;
    let (_, list) = list(objects, target)?;
    let of = objects.of(&target.resource, target.namespace.as_deref());
    let keys: Vec<Key> =
        of.filter(|(_, object)| selector.matches(object)).map(|(key, _)| key.clone()).collect();
    if !is_dry_run(target) {
        for key in keys {
            objects.delete(&key);
        }
    }
    Ok((200, list))
}
