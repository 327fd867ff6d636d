use serde_json::json;

use super::*;

const POD: &str = r#"{ "kind":"Pod", "apiVersion":"v1","metadata":{"name":"web","namespace":"shop","uid":"u-1",
  "labels":{"app":"web","n":"1"},"annotations":null}, "spec":{"containers":[{"name":"a"},{"name":"b"}]},"x":1 }"#;

fn pod() -> Item {
    Item::from_json(POD).unwrap()
}

fn error(json: &str) -> String {
    Item::from_json(json.to_owned()).unwrap_err().to_string()
}

#[test]
fn head_needs_no_tree() {
    let item = Item::from_json(
        r#"{"apiVersion":"apps/v1","kind":"Deploy\u006dent","metadata":{"name":"a","uid":"u"}}"#,
    )
    .unwrap();
    assert_eq!((item.api_version(), item.group(), item.kind()), ("apps/v1", "apps", "Deployment"));
    assert_eq!((item.name(), item.namespace(), item.uid()), ("a", "", "u"));
    assert!(item.tree.get().is_none());
    assert_eq!(pod().group(), "");
}

/// Objects whose head is not trivial.
const HEADS: &[&str] = &[
    POD,
    r#"{"kind":"A","kind":"B","metadata":{"name":"a","namespace":"n"},"metadata":{"name":"b"}}"#,
    r#"{"kind":"A","metadata":{"name":"a","name":5,"metadata":{"name":"x"}},"spec":{"kind":"X","name":"y"}}"#,
    r#"{"kind":"A","metadata":{"name":"a"},"metadata":null,"apiVersion":null}"#,
    r#"{"kind":"A","metadata":"text","apiVersion":["v1"]}"#,
    r#"{"m\u0065tadata":{"n\u0061me":"\u00e9\n"},"k\u0069nd":"A"}"#,
    "{\"kind\":\"A\",\"metadata\":{\"name\":\"é\",\"namespace\":\"\",\"uid\":\"日本\"}}",
];

fn head(item: &Item) -> [&str; 5] {
    [item.api_version(), item.kind(), item.name(), item.namespace(), item.uid()]
}

#[test]
fn head_and_tree_agree() {
    for json in HEADS {
        let from_json = Item::from_json(*json).unwrap();
        let from_value = Item::from_value(serde_json::from_str(json).unwrap()).unwrap();
        assert_eq!(head(&from_json), head(&from_value), "{json}");
        assert_eq!(from_json, from_value);
    }
}

#[test]
fn received_items_are_like_others() {
    pod().as_value();
    for json in HEADS {
        let received = Item::received((*json).into()).unwrap();
        assert!(received.tree.get().is_some());
        assert_eq!(head(&received), head(&Item::from_json(*json).unwrap()), "{json}");
        assert_eq!(received.to_json(), *json);
        let copy = received.clone();
        assert_eq!((head(&copy), &copy), (head(&received), &received));
    }
    let deep = format!(r#"{{"kind":"A","x":{}{}}}"#, "[".repeat(200), "]".repeat(200));
    assert_eq!(Item::received(deep.clone().into()).unwrap().to_json(), deep);
    for invalid in ["", "[]", "{}", r#"{"kind":""}"#, r#"{"kind":"A"} x"#, r#"{"kind":"A","x":1e999}"#] {
        assert_eq!(Item::received(invalid.into()).unwrap_err().to_string(), error(invalid));
    }
}

#[test]
fn rejects_deep_nesting() {
    // An object in a list in an object …
    let deep =
        |pairs: usize| format!(r#"{{"kind":"A","x":[{}{}]}}"#, r#"{"a":["#.repeat(pairs), "]}".repeat(pairs));
    let most = deep(head::MAX_DEPTH / 2 - 1);
    // Also in a debug build, on a thread with the default stack size.
    let work = move || {
        let mut item = Item::from_json(most).unwrap();
        item.set("/y", 1).unwrap();
        let json = item.to_json();
        assert_eq!(json.iter().filter(|byte| matches!(byte, b'[' | b'{')).count(), head::MAX_DEPTH);
        assert_eq!(Item::from_json(json).unwrap(), item.clone());
    };
    std::thread::Builder::new().stack_size(2 << 20).spawn(work).unwrap().join().unwrap();
    for pairs in [head::MAX_DEPTH / 2, 1_000_000] {
        let error = Item::from_json(deep(pairs)).unwrap_err().to_string();
        assert!(error.starts_with("invalid JSON in the item: nested more than 512 levels deep"), "{error}");
    }
}

#[test]
fn accepts_the_same_json_as_serde_json() {
    let cases = [
        r#"{"kind":"A","x":1e999}"#,
        r#"{"kind":"A","x":123456789012345678901234567890}"#,
        r#"{"kind":"A","x":-0,"y":1.5e-400,"z":18446744073709551615}"#,
        r#"{"kind":"A","x":"\ud800"}"#,
        r#"{"kind":"A","\udc00":1}"#,
        r#"{"kind":"A","x":"\ud83d\ude00"}"#,
        r#"{"kind":"A","x":"\x"}"#,
        "{\"kind\":\"A\",\"x\":\"\u{1}\"}",
        r#"{"kind":"A"} x"#,
        r#"{"kind":"A",}"#,
        r#"{"kind":"A""#,
        r#"{"kind":"A","x":01}"#,
        r#"{"kind":"A","x":NaN}"#,
        r#"{kind:"A"}"#,
        " {\"kind\":\"A\"} \n",
        r#"{"kind":"A","$serde_json::private::RawValue":1}"#,
        r#"{"kind":"A","x":{"$serde_json::private::RawValue":"1"}}"#,
        r#"{"kind":"A","x":{"$serde_json::private::RawValue":"{"}}"#,
        r#"{"kind":"A","x":{"$serde_json::private::Number":"1"}}"#,
    ];
    for json in cases {
        let theirs = serde_json::from_str::<Value>(json);
        match (Item::from_json(json.to_owned()), theirs) {
            (Ok(item), Ok(value)) => assert_eq!(item.as_value(), &value),
            (Err(ours), Err(theirs)) => {
                assert_eq!(ours.to_string(), format!("invalid JSON in the item: {theirs}"));
            }
            (ours, theirs) => panic!("{json:.80}: {ours:?} but {theirs:?}"),
        }
    }
    assert!(Item::from_json(&b"{\"kind\":\"A\",\"x\":\"\xff\"}"[..]).is_err());
}

#[test]
fn errors_say_what_is_wrong() {
    assert_eq!(error(""), "expected a Kubernetes object as JSON, found an empty text");
    assert_eq!(error("null"), "expected a Kubernetes object as JSON, found `null`");
    assert_eq!(error(" [{}]"), "expected a Kubernetes object as JSON, found an array");
    assert_eq!(error("\"{}\""), "expected a Kubernetes object as JSON, found a string");
    assert_eq!(error("5"), "expected a Kubernetes object as JSON, found a number");
    assert_eq!(error("{\n \"kind\": Pod}"), "invalid JSON in the item: expected value at line 2 column 10");
    assert_eq!(error("{}"), "Object 'Kind' is missing in '{}'");
    assert_eq!(error(r#"{"kind":""}"#), "Object 'Kind' is missing in '{…}'");
    assert_eq!(
        error(
            r#"{"apiVersion":"v1","kind":5,"metadata":{"name":"a","namespace":"n"},"data":{"password":"x"}}"#
        ),
        r#"Object 'Kind' is missing in '{"apiVersion":"v1","namespace":"n","name":"a",…}'"#
    );
    for value in [json!(null), json!([1]), json!({}), json!({"kind": 5}), json!({"apiVersion": "v1", "x": 1})]
    {
        assert_eq!(Item::from_value(value.clone()).unwrap_err().to_string(), error(&value.to_string()));
    }
}

#[test]
fn unchanged_means_the_same_bytes() {
    let bytes = Bytes::from(POD);
    let mut item = Item::from_json(bytes.clone()).unwrap();
    item.set("/spec/containers/1/name", "b").unwrap();
    item.set_label("app", "web");
    item.remove("/spec/nothing");
    item.remove_annotation("nothing");
    item.edit_as(|value: &mut Value| value["x"] = json!(1)).unwrap();
    assert!(item.set("/x/y", 1).is_err());
    assert!(!item.is_changed());
    assert_eq!(item.to_json().as_ptr(), bytes.as_ptr());
    assert_eq!(item.clone().to_json().as_ptr(), bytes.as_ptr());

    item.set_label("app", "other");
    assert!(item.is_changed());
    let mut expected: Value = serde_json::from_str(POD).unwrap();
    expected["metadata"]["labels"]["app"] = json!("other");
    assert_eq!(serde_json::from_slice::<Value>(&item.to_json()).unwrap(), expected);
    assert_eq!(item.clone(), item);
    assert!(item.clone().is_changed());
}

#[test]
fn head_follows_changes() {
    let mut item = pod();
    item.set("/metadata/name", "db").unwrap();
    item.set("/metadata/namespace", "store").unwrap();
    item.set("/kind", "Gadget").unwrap();
    item.set("/apiVersion", "x.io/v2").unwrap();
    assert_eq!((item.kind(), item.group(), item.to_string()), ("Gadget", "x.io", "Gadget store/db".into()));
}

#[test]
fn required_fields_cannot_be_changed_to_invalid_values() {
    let mut item = pod();
    assert!(item.set("/kind", "").unwrap_err().to_string().contains("must be a non-empty string"));
    assert!(item.set("/kind", 5).is_err());
    assert!(item.set("", json!({})).is_err());
    assert!(item.set("/kind/x", 1).is_err());
    assert!(
        item.set("/apiVersion", json!(null)).unwrap_err().to_string().contains("must be a non-empty string")
    );
    assert!(item.set("/metadata", json!([])).unwrap_err().to_string().contains("must be an object"));
    assert!(!item.is_changed());
    item.edit_as(|value: &mut Value| *value = json!({"a": 1})).unwrap();
    assert_eq!(item.as_value(), &json!({"a": 1, "kind": "Pod"}));
    item.set("", json!({"kind": "B"})).unwrap();
    assert_eq!(item.to_json(), r#"{"kind":"B"}"#);
}

/// The panic message of a call.
fn panic_of(call: impl FnOnce() + std::panic::UnwindSafe) -> String {
    *std::panic::catch_unwind(call).unwrap_err().downcast::<String>().unwrap()
}

#[test]
fn invalid_pointer_panics() {
    let expected =
        "cannot look up `spec.nodeName` in Pod shop/web: invalid JSON pointer; expected `/spec/nodeName`";
    assert_eq!(
        panic_of(|| {
            let _ = pod().get("spec.nodeName");
        }),
        expected
    );
    assert_eq!(
        panic_of(|| {
            let _ = pod().get_str("spec.nodeName");
        }),
        expected
    );
    assert_eq!(
        panic_of(|| {
            let _ = pod().remove("spec.nodeName");
        }),
        expected
    );
    assert_eq!(
        panic_of(|| {
            let _ = pod().remove_each("spec.nodeName");
        }),
        expected
    );
    assert_eq!(
        panic_of(|| {
            let _ = pod().edit_each("spec.nodeName", |_| ());
        }),
        expected
    );
    assert_eq!(
        panic_of(|| {
            let _ = pod().remove("/metadata/labels/a.io/b");
        }),
        "cannot look up `/metadata/labels/a.io/b` in Pod shop/web: the key contains `/`; expected \
         `/metadata/labels/a.io~1b`"
    );
}

#[test]
fn removing_required_fields_panics() {
    for pointer in ["", "/kind", "/apiVersion", "/metadata"] {
        let message = panic_of(|| {
            let _ = pod().remove(pointer);
        });
        assert_eq!(
            message,
            format!(
                "cannot remove `{pointer}` of Pod shop/web: every Kubernetes object needs it; to omit the item, \
                 return the output's `skip()`"
            )
        );
    }
    assert!(pod().remove_each("/x") == 1 && pod().remove("/metadata/uid").is_some());
}

#[test]
fn group_and_kind_owners_and_finalizers() {
    assert!(pod().is("", "Pod") && !pod().is("", "pod") && !pod().is("v1", "Pod"));
    assert_eq!((pod().owner_references(), pod().finalizers().count()), (Vec::new(), 0));
    let item = Item::from_value(
        json!({"kind": "Pod", "metadata": {"finalizers": ["a", 5, "b"], "ownerReferences": [
        {"kind": "VirtualMachineInstance", "name": "vm", "controller": true}, "x"]}}),
    )
    .unwrap();
    assert_eq!(item.finalizers().collect::<Vec<_>>(), ["a", "b"]);
    let owners = item.owner_references();
    assert_eq!((owners.len(), owners[0].name.as_str(), owners[0].controller), (1, "vm", Some(true)));
}

#[test]
fn labels_and_annotations() {
    let mut item = pod();
    assert_eq!((item.label("app"), item.label("none")), (Some("web"), None));
    assert_eq!(item.labels().collect::<Vec<_>>(), [("app", "web"), ("n", "1")]);
    assert_eq!(item.annotations().count(), 0);
    item.set_annotation("a.io/b~c", "1");
    assert_eq!(item.get_str("/metadata/annotations/a.io~1b~0c"), Some("1"));
    assert_eq!(item.remove_label("app").as_deref(), Some("web"));
    assert_eq!(item.remove_label("app"), None);
    assert_eq!(item.remove_annotation("a.io/b~c").as_deref(), Some("1"));

    let mut bare = Item::from_value(json!({"kind": "A", "metadata": "x"})).unwrap();
    bare.set_label("a", "b");
    assert_eq!(bare.as_value(), &json!({"kind": "A", "metadata": {"labels": {"a": "b"}}}));
    assert!(bare.is_changed());

    let mut odd = Item::from_value(json!({"kind": "A", "metadata": {"labels": {"a": 1}}})).unwrap();
    assert_eq!((odd.label("a"), odd.labels().count()), (None, 0));
    assert_eq!(odd.remove_label("a").as_deref(), Some("1"));
}

#[test]
fn debug_and_display_show_no_content() {
    let mut item =
        Item::from_value(json!({"kind": "Secret", "metadata": {"name": "tls"}, "data": {"k": "v"}})).unwrap();
    assert_eq!((format!("{item:?}"), item.to_string()), ("Item(Secret tls)".into(), "Secret tls".into()));
    item.set("/metadata/namespace", "shop").unwrap();
    assert_eq!(format!("{item:?}"), "Item(Secret shop/tls)");
}

#[test]
fn equal_by_value() {
    let other = Item::from_json(r#"{"metadata":{"name":"a"},  "kind":"A"}"#).unwrap();
    assert_eq!(Item::from_json(r#"{"kind":"A","metadata":{"name":"a"}}"#).unwrap(), other);
    assert_ne!(pod(), other);
}

#[test]
fn serde_both_ways() {
    let item: Item = serde_json::from_str(POD).unwrap();
    assert_eq!(item, pod());
    assert_eq!(serde_json::to_value(&item).unwrap(), *pod().as_value());
    assert!(serde_json::from_str::<Item>("{}").unwrap_err().to_string().contains("Object 'Kind' is missing"));
}

#[test]
fn error_locations_are_the_callers() {
    let place = |error: Error| (error.location().file(), error.location().line());
    for json in ["", "null", "{}", "{", r#"{"kind":"A","x":{"$serde_json::private::RawValue":1}}"#] {
        assert_eq!(place(Item::from_json(json).unwrap_err()), (file!(), line!()));
    }
    assert_eq!(place(Item::from_value(json!({})).unwrap_err()), (file!(), line!()));
    assert_eq!(place(pod().set("x", 1).unwrap_err()), (file!(), line!()));
    assert_eq!(place(pod().set("/kind", 1).unwrap_err()), (file!(), line!()));
    assert_eq!(place(pod().set("", 1).unwrap_err()), (file!(), line!()));
    assert_eq!(
        pod().set("/x/y", 1).unwrap_err().to_string(),
        "cannot set `/x/y` of Pod shop/web: expected an object or array at `/x`, found a number"
    );
}
