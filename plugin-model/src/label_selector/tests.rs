use super::*;

/// A selector that Kubernetes accepts, and our form of it.
const VALID: [(&str, &str); 48] = [
    ("", ""),
    (" \t\r\n", ""),
    ("x", "x"),
    ("!x", "!x"),
    ("! x", "!x"),
    ("x,y", "x,y"),
    ("x,!y", "x,!y"),
    ("x=a", "x=a"),
    ("x==a", "x=a"),
    ("x!=a", "x!=a"),
    ("x = a , y != b", "x=a,y!=b"),
    ("x=", "x="),
    ("x= ", "x="),
    ("x==", "x="),
    ("x!=", "x!="),
    ("x=,y=", "x=,y="),
    ("x=in", "x=in"),
    ("x=notin", "x=notin"),
    ("x in (a)", "x in (a)"),
    ("x in(a)", "x in (a)"),
    ("x\tin\n( a , b )", "x in (a,b)"),
    ("x in (b,a,b)", "x in (a,b)"),
    ("x in ()", "x in ()"),
    ("x in (,)", "x in ()"),
    ("x in (,a)", "x in (,a)"),
    ("x in (a,)", "x in (,a)"),
    ("x in (a,,b)", "x in (,a,b)"),
    ("x in (a,,,b)", "x in (,a,b)"),
    ("x in (,,a)", "x in (,a)"),
    ("x notin ()", "x notin ()"),
    ("x notin (a,b),y", "x notin (a,b),y"),
    ("in", "in"),
    ("notin", "notin"),
    ("!in", "!in"),
    ("in in (in)", "in in (in)"),
    ("notin notin (notin,in)", "notin notin (in,notin)"),
    ("in=notin", "in=notin"),
    ("x>1", "x>1"),
    ("x < 10", "x<10"),
    ("x>1,x<5", "x>1,x<5"),
    ("x>007", "x>007"),
    ("app.kubernetes.io/name=a.b_c-d", "app.kubernetes.io/name=a.b_c-d"),
    ("x in (foo,,baz),y,z notin ()", "x in (,baz,foo),y,z notin ()"),
    ("z,a", "z,a"),
    // Kubernetes' lexer ends a token at NUL, and the text at a NUL where a token could start.
    ("x=a\0,y", "x=a,y"),
    ("x in (a\0)", "x in (a)"),
    ("x\0=\0a", "x=a"),
    ("\0x y", ""),
];

/// A selector that Kubernetes rejects, and the byte range of the error.
const INVALID: [(&str, Range<usize>); 55] = [
    (",", 0..1),
    ("x,", 2..2),
    (",x", 0..1),
    ("x,,y", 2..3),
    ("x y", 2..3),
    ("x\0y", 2..3),
    ("x in", 4..4),
    ("x in a", 5..6),
    ("x in (", 6..6),
    ("x in (a", 7..7),
    ("x in (a b)", 8..9),
    ("x in (a,,)", 9..10),
    ("x in (,,)", 8..9),
    ("x in (a,b", 9..9),
    ("x in (a,", 8..8),
    ("x in (a=b)", 7..8),
    ("x in (=a)", 6..7),
    ("x in (a))", 8..9),
    ("x in ((a))", 6..7),
    ("x in in (a)", 5..7),
    ("x not in (a)", 2..5),
    ("x notin", 7..7),
    ("x In (a)", 2..4),
    ("!", 1..1),
    ("!!x", 1..2),
    ("!x=a", 2..3),
    ("!x in (a)", 3..5),
    ("!,x", 1..2),
    ("=a", 0..1),
    ("==", 0..2),
    ("(x)", 0..1),
    ("x)", 1..2),
    ("x=a=b", 3..4),
    ("x===a", 3..4),
    ("x=!a", 2..3),
    ("x!==a", 3..4),
    ("x=>1", 2..3),
    ("x<>1", 2..3),
    ("x=a b", 4..5),
    ("x=a && y=b", 4..6),
    ("x=a;y=b", 3..4),
    ("x:a", 1..2),
    ("x>", 2..2),
    ("x>a", 2..3),
    ("x>1.5", 2..5),
    ("x<-1", 2..3),
    ("x>+1", 2..3),
    ("x>99999999999999999999", 2..22),
    ("x=\"a\"", 2..3),
    ("x='a'", 2..3),
    ("x=-a", 2..3),
    ("x=a.", 3..4),
    ("x=a/b", 3..4),
    ("/x=a", 0..1),
    ("A.io/x=a", 0..1),
];

use std::ops::Range;

#[test]
fn accepts_what_kubernetes_accepts() {
    for (text, written) in VALID {
        let selector = parse(text).unwrap_or_else(|error| panic!("{text:?}: {error} at {:?}", error.range()));
        assert_eq!(selector.to_string(), written, "{text:?}");
        assert_eq!(parse(written).as_ref(), Ok(&selector), "{written:?}");
    }
}

#[test]
fn rejects_what_kubernetes_rejects() {
    for (text, range) in INVALID {
        let error = parse(text).expect_err(text);
        assert_eq!(error.range(), range, "{text:?}: {error}");
        assert!(text.get(range).is_some(), "{text:?}");
    }
}

#[test]
fn lengths() {
    let word = |len| "a".repeat(len);
    assert!(parse(&format!("{}={}", word(63), word(63))).is_ok());
    assert!(parse(&format!("{}/{}", word(253), word(63))).is_ok());
    for (text, range) in [
        (word(64), 0..64),
        (format!("x={}", word(64)), 2..66),
        (format!("x in (a,{})", word(64)), 8..72),
        (format!("{}/x", word(254)), 0..254),
    ] {
        assert_eq!(parse(&text).expect_err(&text).range(), range, "{text}");
    }
}

#[test]
fn messages_contain_expected_and_found() {
    for (text, message) in [
        ("x in (a b)", "expected `,` or `)` after the value, found `b`"),
        ("x in a", "expected `(` and a list of values, found `a`"),
        ("x,", "expected a label key, found the end"),
        ("x=\"a\"", "invalid value: keys and values must not be quoted"),
        ("x>a", "expected a whole number after `<` or `>`"),
        ("A.io/x", "invalid key: the domain of a key must be a DNS name in lower case: `example.io/app`"),
    ] {
        assert_eq!(parse(text).expect_err(text).to_string(), message, "{text}");
    }
}

#[test]
fn matches_like_kubernetes() {
    let labels = |key: &str| match key {
        "app" => Some("shop"),
        "empty" => Some(""),
        "n" => Some("7"),
        _ => None,
    };
    for (text, matches) in [
        ("", true),
        ("app", true),
        ("!app", false),
        ("none", false),
        ("!none", true),
        ("app=shop", true),
        ("app=", false),
        ("empty=", true),
        ("empty", true),
        ("none=", false),
        ("app!=shop", false),
        ("app!=other", true),
        ("none!=x", true),
        ("app in (shop,x)", true),
        ("app in (x)", false),
        ("empty in ()", true),
        ("none in ()", false),
        ("app notin (shop)", false),
        ("none notin (shop)", true),
        ("empty notin ()", false),
        ("n>6", true),
        ("n>7", false),
        ("n<8", true),
        ("n<7", false),
        ("app>1", false),
        ("app<1", false),
        ("none>1", false),
        ("none<1", false),
        ("app=shop,n>6,!none", true),
        ("app=shop,n>7", false),
    ] {
        assert_eq!(parse(text).expect(text).matches(labels), matches, "{text}");
    }
}

#[test]
fn lists_its_requirements() {
    let selector: LabelSelector = "a,!b,c=1,d!=1,e in (2,1),f notin (),g>1,h<2".parse().expect("valid");
    let requirements: Vec<_> = selector
        .requirements()
        .iter()
        .map(|one| (one.key(), one.operator(), one.values().join(",")))
        .collect();
    let expected = [
        ("a", Operator::Exists, ""),
        ("b", Operator::DoesNotExist, ""),
        ("c", Operator::Equals, "1"),
        ("d", Operator::NotEquals, "1"),
        ("e", Operator::In, "1,2"),
        ("f", Operator::NotIn, ""),
        ("g", Operator::GreaterThan, "1"),
        ("h", Operator::LessThan, "2"),
    ];
    assert_eq!(requirements, expected.map(|(key, operator, values)| (key, operator, values.to_owned())));
}

#[test]
fn returns_the_unmet_requirement() {
    let selector = parse("a,b=1,c").expect("valid");
    let unmet = selector.unmet(|key| (key != "b").then_some("2")).expect("b is missing");
    assert_eq!(
        (unmet.key(), unmet.operator(), unmet.values()),
        ("b", Operator::Equals, &["1".to_owned()][..])
    );
}
