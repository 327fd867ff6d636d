//! Edits of items.
//!
//! Left out is what differs on purpose: our paths also lead through lists and create parents that are `null`, and
//! `kind`, `apiVersion` and `metadata` cannot be removed.

use fastrand::Rng;
use plugwright::Item;
use serde_json::{Map, Value, json};

use super::Case;

const KEYS: &[&str] = &["a", "b", "spec", "status", "a/b", "~", "x.y", "é", "", "a~1b"];
const LABELS: &[&str] = &["app", "a.io/b", "x~y", "tier"];

fn key(rng: &mut Rng) -> String {
    rng.choice(KEYS).copied().unwrap_or_default().to_owned()
}

fn value(rng: &mut Rng, depth: usize) -> Value {
    match rng.u8(..if depth == 0 { 7 } else { 10 }) {
        0 => json!(rng.bool()),
        1 => json!(rng.i64(-3..3)),
        2 => json!(rng.i64(..)),
        3 => json!(rng.u64(..)),
        4 => json!(f64::from(rng.i32(..)) / 8.0),
        5 => json!("text \u{1f600} \" \\ \u{7f} \u{2028}<&>"),
        6 => json!(key(rng)),
        7 => (0..rng.usize(..3)).map(|_| value(rng, depth - 1)).collect(),
        _ => Value::Object((0..rng.usize(..4)).map(|_| (key(rng), value(rng, depth - 1))).collect()),
    }
}

fn object(rng: &mut Rng) -> Value {
    let mut object: Map<String, Value> = (0..rng.usize(..5)).map(|_| (key(rng), value(rng, 3))).collect();
    // Rarely missing or another value.
    if rng.u8(..16) > 0 {
        object.insert("kind".into(), if rng.u8(..16) == 0 { value(rng, 0) } else { "Pod".into() });
    }
    if rng.bool() {
        object.insert("apiVersion".into(), if rng.u8(..8) == 0 { value(rng, 0) } else { "v1".into() });
    }
    if rng.bool() {
        let mut metadata = Map::new();
        for key in ["name", "namespace", "uid"] {
            if rng.bool() {
                metadata.insert(key.into(), if rng.u8(..8) == 0 { value(rng, 1) } else { "web".into() });
            }
        }
        if rng.bool() {
            let labels: Map<String, Value> =
                LABELS.iter().filter(|_| rng.bool()).map(|label| ((*label).to_owned(), "x".into())).collect();
            metadata.insert("labels".into(), labels.into());
        }
        object.insert("metadata".into(), metadata.into());
    }
    object.into()
}

enum Edit {
    Set(Vec<String>, Value),
    Remove(Vec<String>),
    Label(&'static str, Option<String>),
}

fn edit(rng: &mut Rng) -> Edit {
    let path = |rng: &mut Rng| {
        if rng.u8(..6) == 0 {
            return vec![
                "metadata".to_owned(),
                ["name", "namespace", "generation"][rng.usize(..3)].to_owned(),
            ];
        }
        (0..=rng.usize(..3)).map(|_| key(rng)).collect()
    };
    match rng.u8(..6) {
        0 | 1 => Edit::Set(path(rng), value(rng, 2)),
        2 | 3 => Edit::Remove(path(rng)),
        4 => Edit::Label(LABELS[rng.usize(..LABELS.len())], Some(key(rng))),
        _ => Edit::Label(LABELS[rng.usize(..LABELS.len())], None),
    }
}

impl Edit {
    fn question(&self) -> Value {
        match self {
            Self::Set(path, value) => json!({"path": path, "value": value.to_string()}),
            Self::Remove(path) => json!({"path": path}),
            Self::Label(label, value) => json!({"label": label, "value": value}),
        }
    }

    /// Whether the edit succeeded.
    fn apply(&self, item: &mut Item) -> bool {
        let pointer = |path: &[String]| {
            path.iter()
                .fold(String::new(), |path, name| path + "/" + &name.replace('~', "~0").replace('/', "~1"))
        };
        match self {
            Self::Set(path, value) => return item.set(&pointer(path), value.clone()).is_ok(),
            Self::Remove(path) => drop(item.remove(&pointer(path))),
            Self::Label(label, Some(value)) => item.set_label(label, value),
            Self::Label(label, None) => drop(item.remove_label(label)),
        }
        true
    }
}

pub(super) fn case(rng: &mut Rng) -> Case {
    let object = object(rng).to_string();
    let edits: Vec<_> = (0..rng.usize(..4)).map(|_| edit(rng)).collect();
    let question = json!({
        "subject": "edits", "object": object, "edits": edits.iter().map(Edit::question).collect::<Vec<_>>(),
    });
    let ours = Item::from_json(object).ok().map(|mut item| {
        let head =
            [item.api_version(), item.kind(), item.name(), item.namespace(), item.uid()].map(str::to_owned);
        let done: Vec<_> = edits.iter().map(|edit| edit.apply(&mut item)).collect();
        let tree = serde_json::from_slice::<Value>(&item.to_json()).expect("an item is JSON");
        (head, done, tree)
    });
    let check = move |theirs: &Value| {
        let Some((head, done, tree)) = &ours else {
            return if theirs["read"] == false {
                Ok(())
            } else {
                Err("only ours rejects the object".to_owned())
            };
        };
        if theirs["read"] == false {
            return Err("only Go rejects the object".to_owned());
        }
        for (what, ours) in [("head", json!(head)), ("done", json!(done))] {
            if theirs[what] != ours {
                return Err(format!("{what}: ours is {ours}, Go's is {}", theirs[what]));
            }
        }
        let text = theirs["json"].as_str().unwrap_or_default();
        let their_tree: Value =
            serde_json::from_str(text).map_err(|error| format!("Go's is not JSON: {error}"))?;
        if same(tree, &their_tree) { Ok(()) } else { Err(format!("ours is {tree}, Go's is {their_tree}")) }
    };
    Case { question, check: Box::new(check) }
}

/// Go reads a whole number above 2⁶³ as a float, and writes 1.0 as 1.
fn same(ours: &Value, theirs: &Value) -> bool {
    match (ours, theirs) {
        (Value::Number(ours), Value::Number(theirs)) => ours == theirs || ours.as_f64() == theirs.as_f64(),
        (Value::Array(ours), Value::Array(theirs)) => {
            ours.len() == theirs.len() && ours.iter().zip(theirs).all(|(ours, theirs)| same(ours, theirs))
        }
        (Value::Object(ours), Value::Object(theirs)) => {
            ours.len() == theirs.len()
                && ours.iter().all(|(key, ours)| theirs.get(key).is_some_and(|theirs| same(ours, theirs)))
        }
        _ => ours == theirs,
    }
}
