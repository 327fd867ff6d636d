//! Pairs of lists, as Velero evaluates them.

use fastrand::Rng;
use plugwright_model::selector::IncludesExcludes;
use serde_json::json;

use super::Case;
use super::patterns::{pattern, text};

fn list(rng: &mut Rng) -> Vec<String> {
    (0..rng.usize(..4)).map(|_| if rng.u8(..5) == 0 { "*".to_owned() } else { pattern(rng) }).collect()
}

pub(super) fn case(rng: &mut Rng) -> Case {
    let (includes, excludes) = (list(rng), list(rng));
    let texts: Vec<_> = (0..6).map(|_| text(rng)).collect();
    let lists =
        IncludesExcludes::new(includes.iter().map(String::as_str), excludes.iter().map(String::as_str));
    let ours: Vec<_> = std::iter::once(lists.include_everything())
        .chain(texts.iter().map(|text| lists.should_include(text)))
        .collect();
    let question = json!({"subject": "includes", "includes": includes, "excludes": excludes, "texts": texts});
    Case::same(question, json!({"matches": ours}))
}
