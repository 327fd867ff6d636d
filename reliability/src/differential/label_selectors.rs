//! Label selectors: as text, of actions; and as an object, of backups.

use std::collections::BTreeMap;

use fastrand::Rng;
use plugwright::types::LabelSelector;
use plugwright_model::label_selector;
use serde_json::{Value, json};

use super::Case;

const KEYS: &[&str] = &["a", "b", "a.io/b", "A_1", "in", "notin", "x.", "-x", "x/", "/x", "a/b/c", "é", ""];
const VALUES: &[&str] = &[
    "1",
    "2",
    "a",
    "b",
    "007",
    "-1",
    "+5",
    "9223372036854775807",
    "9223372036854775808",
    "",
    "in",
    "a.",
    "é",
];
const TOKENS: &[&str] = &[
    "=", "==", "!=", "in", "notin", ">", "<", ",", ",", "!", "(", ")", " ", "  ", "\t", "exists", "'", "=!",
];

fn choose(rng: &mut Rng, from: &'static [&'static str]) -> &'static str {
    rng.choice(from).copied().unwrap_or_default()
}

/// A valid requirement, most of the time.
fn requirement(rng: &mut Rng) -> String {
    let space = |rng: &mut Rng| if rng.u8(..4) == 0 { " " } else { "" };
    let mostly = |rng: &mut Rng, from: &'static [&'static str]| {
        let all = rng.u8(..6) == 0;
        choose(rng, if all { from } else { &from[..5] })
    };
    let key = mostly(rng, KEYS);
    let value = |rng: &mut Rng| mostly(rng, VALUES);
    let list = |rng: &mut Rng| (0..rng.usize(..4)).map(|_| value(rng)).collect::<Vec<_>>().join(",");
    let (before, after) = (space(rng), space(rng));
    match rng.u8(..9) {
        0 => format!("{before}{key}{after}"),
        1 => format!("!{before}{key}{after}"),
        2 => format!("{key}{before}={after}{}", value(rng)),
        3 => format!("{key}{before}=={after}{}", value(rng)),
        4 => format!("{key}{before}!={after}{}", value(rng)),
        5 => format!("{key} in{before}({after}{})", list(rng)),
        6 => format!("{key} notin{before}({after}{})", list(rng)),
        7 => format!("{key}{before}>{after}{}", value(rng)),
        _ => format!("{key}{before}<{after}{}", value(rng)),
    }
}

fn text(rng: &mut Rng) -> String {
    if rng.bool() {
        return (0..rng.usize(..4)).map(|_| requirement(rng)).collect::<Vec<_>>().join(",");
    }
    let token = |rng: &mut Rng| match rng.u8(..4) {
        0 => choose(rng, KEYS),
        1 => choose(rng, VALUES),
        _ => choose(rng, TOKENS),
    };
    (0..rng.usize(..9)).map(|_| token(rng)).collect()
}

fn labels(rng: &mut Rng) -> BTreeMap<&'static str, &'static str> {
    (0..rng.usize(..4)).map(|_| (choose(rng, &KEYS[..6]), choose(rng, VALUES))).collect()
}

pub(super) fn case(rng: &mut Rng) -> Case {
    let sets: Vec<_> = (0..4).map(|_| labels(rng)).collect();
    if rng.u8(..4) == 0 { object(rng, &sets) } else { as_text(&text(rng), &sets) }
}

fn as_text(text: &str, sets: &[BTreeMap<&str, &str>]) -> Case {
    let ours = label_selector::parse(text).ok().map(|selector| {
        let matches = sets.iter().map(|labels| selector.matches(|key| labels.get(key).copied()));
        matches.collect::<Vec<_>>()
    });
    let question = json!({"subject": "label-selectors", "text": text, "labels": sets});
    Case::same(question, json!({"matches": ours}))
}

fn object(rng: &mut Rng, sets: &[BTreeMap<&'static str, &'static str>]) -> Case {
    const OPERATORS: &[&str] = &["In", "NotIn", "Exists", "DoesNotExist", "Gt"];
    let expressions: Vec<_> = (0..rng.usize(..3))
        .map(|_| {
            let values: Vec<_> = (0..rng.usize(..3)).map(|_| choose(rng, VALUES)).collect();
            json!({"key": choose(rng, &KEYS[..6]), "operator": choose(rng, OPERATORS), "values": values})
        })
        .collect();
    let object = json!({"matchLabels": labels(rng), "matchExpressions": expressions});
    let selector: LabelSelector =
        serde_json::from_value(object.clone()).expect("it has the fields of a selector");
    let ours: Vec<_> = sets.iter().map(|labels| selector.matches(|key| labels.get(key).copied())).collect();
    let question = json!({"subject": "label-selectors", "object": object, "labels": sets});
    let check = move |theirs: &Value| {
        let theirs = &theirs["matches"];
        // Velero rejects a backup with such a selector, so that no plugin sees it.
        if theirs.is_null() || *theirs == json!(ours) {
            Ok(())
        } else {
            Err(format!("ours is {ours:?}, Go's is {theirs}"))
        }
    };
    Case { question, check: Box::new(check) }
}
