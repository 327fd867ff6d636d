use std::time::Duration;

use serde::Deserialize;

use super::*;

fn data<const N: usize>(entries: [(&str, &str); N]) -> BTreeMap<String, String> {
    entries.map(|(key, text)| (key.to_owned(), text.to_owned())).into()
}

#[cfg(feature = "kube")]
const STRUCTURE: Structure = yaml;
#[cfg(not(feature = "kube"))]
const STRUCTURE: Structure = json;

fn one<T: DeserializeOwned>(text: &str) -> Result<T, String> {
    #[derive(Deserialize)]
    struct One<T> {
        it: T,
    }
    match read::<One<T>>(&data([("it", text)]), STRUCTURE) {
        Ok(read) => Ok(read.settings.it),
        Err(error) => Err(error.to_string()),
    }
}

#[test]
fn type_decides_how_text_is_parsed() {
    assert_eq!(one::<bool>("T"), Ok(true));
    assert_eq!(one::<bool>("false\n"), Ok(false));
    assert_eq!(one::<u16>(" 80 "), Ok(80));
    assert_eq!(one::<i64>("-7"), Ok(-7));
    assert_eq!(one::<f64>("0.5"), Ok(0.5));
    assert_eq!(one::<String>("80"), Ok("80".into()));
    assert_eq!(one::<Duration>("1h30m"), Ok(Duration::from_secs(5400)));
    assert_eq!(one::<Option<Duration>>("1.5s"), Ok(Some(Duration::from_millis(1500))));
    assert_eq!(one::<Option<u8>>(""), Ok(None));
    assert_eq!(one::<Option<String>>(""), Ok(None));
    assert_eq!(one::<String>(""), Ok(String::new()));
}

#[test]
fn errors_name_the_key() {
    for (error, expected) in [
        (one::<bool>("yes").unwrap_err(), "`it`: expected `true` or `false`, found \"yes\""),
        (one::<u8>("300").unwrap_err(), "`it`: expected a whole number from 0 to 255, found \"300\""),
        (one::<u8>("").unwrap_err(), "`it`: expected a whole number from 0 to 255, found \"\""),
        (
            one::<Duration>("1d").unwrap_err(),
            "`it`: the duration \"1d\" has the unknown unit \"d\"; use h, m, s, ms, us or ns, such as 1m30s",
        ),
    ] {
        assert_eq!(error, expected);
    }
    let error = one::<Vec<BTreeMap<String, u8>>>(r#"[{"a": 1}, {"b": "x"}]"#).unwrap_err();
    assert_eq!(error, "`it`: [1].b: invalid type: string \"x\", expected u8");
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Mode {
    Fast,
    Safe,
    Custom { workers: u8 },
}

#[test]
fn choices() {
    assert_eq!(one::<Mode>("safe"), Ok(Mode::Safe));
    assert_eq!(one::<Mode>(r#"{"custom": {"workers": 3}}"#), Ok(Mode::Custom { workers: 3 }));
    assert_eq!(one::<Vec<Mode>>("fast, safe"), Ok(vec![Mode::Fast, Mode::Safe]));
    let error = one::<Mode>("quick").unwrap_err();
    assert_eq!(error, "`it`: expected one of `fast`, `safe`, `custom`, found \"quick\"");
    let error = one::<Mode>("sefe").unwrap_err();
    assert!(error.ends_with("; did you mean `safe`?"), "{error}");
}

#[test]
fn json_in_a_key() {
    let data = data([("it", r#"{"a": [1]}"#)]);
    let read = read::<BTreeMap<String, BTreeMap<String, Vec<u8>>>>(&data, json).unwrap().settings;
    assert_eq!(read["it"]["a"], [1]);
}

#[cfg(feature = "kube")]
#[test]
fn yaml_in_a_key() {
    #[derive(Debug, PartialEq, Deserialize)]
    struct Rule {
        image: String,
        #[serde(default)]
        retries: u8,
    }
    let rules = vec![Rule { image: "a".into(), retries: 2 }, Rule { image: "b".into(), retries: 0 }];
    assert_eq!(one("- image: a\n  retries: 2\n- image: b\n"), Ok(rules));
    assert_eq!(one(r#"{"image": "a", "retries": 2}"#), Ok(Rule { image: "a".into(), retries: 2 }));
    assert_eq!(one::<BTreeMap<String, u8>>("a: 1\nb: 2\n"), Ok([("a".into(), 1), ("b".into(), 2)].into()));
    assert_eq!(one::<Vec<String>>("a, b,,c "), Ok(vec!["a".into(), "b".into(), "c".into()]));
    assert_eq!(one::<Vec<u8>>("1,2"), Ok(vec![1, 2]));
    assert_eq!(one::<Vec<String>>(""), Ok(vec![]));
    let error = one::<Rule>("image: [").unwrap_err();
    assert!(error.starts_with("`it`: invalid YAML: "), "{error}");
    assert!(!error.contains('\n'), "{error}");
    assert_eq!(one::<Rule>("retries: 1").unwrap_err(), "`it`: missing field `image`");
}

#[derive(Debug, Default, PartialEq, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Known {
    dry_run: bool,
    image: String,
}

#[test]
fn unknown_keys_are_reported() {
    let read = read::<Known>(&data([("dryRun", "true"), ("imgae", "x"), ("other", "")]), json).unwrap();
    assert_eq!(read.settings, Known { dry_run: true, image: String::new() });
    assert_eq!((read.unknown, read.known), (vec!["imgae".into(), "other".into()], &["dryRun", "image"][..]));
}

#[test]
fn deny_unknown_fields_rejects_unknown_keys() {
    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Strict {
        #[serde(default, rename = "a")]
        _a: u8,
    }
    let error = read::<Strict>(&data([("b", "1")]), json).map(|_| ()).unwrap_err();
    assert_eq!(error.to_string(), "unknown key `b`; expected one of `a`");
}

#[test]
fn maps_accept_all_keys() {
    #[derive(Deserialize)]
    struct Partly {
        fast: String,
        #[serde(flatten)]
        rest: BTreeMap<String, String>,
    }
    let data = data([("fast", "slow"), ("true", "1")]);
    let map = read::<BTreeMap<String, String>>(&data, json).unwrap();
    assert_eq!((map.settings, map.unknown), (data.clone(), vec![]));
    assert_eq!(read::<Config>(&data, json).unwrap().settings.get("fast"), Some("slow"));

    let some = read::<Partly>(&data, json).unwrap().settings;
    assert_eq!((some.fast.as_str(), some.rest.len()), ("slow", 1));
}
