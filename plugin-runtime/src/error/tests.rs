use super::*;

/// An error with the given text, with or without a source.
#[derive(Debug)]
struct Says(&'static str, Option<Box<Says>>);

impl fmt::Display for Says {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl StdError for Says {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.1.as_deref().map(|source| source as _)
    }
}

fn says(texts: &[&'static str]) -> Says {
    Says(texts[0], (texts.len() > 1).then(|| Box::new(says(&texts[1..]))))
}

fn text(texts: &[&'static str]) -> String {
    Error::from(says(texts)).to_string()
}

#[test]
fn question_mark_converts_every_kind_of_error() {
    fn std_error() -> Result<()> {
        Err(io::Error::other("disk full"))?;
        Ok(())
    }
    fn anyhow_error() -> Result<()> {
        Err(anyhow::anyhow!("root").context("outer"))?;
        Ok(())
    }
    fn boxed() -> Result<()> {
        Err::<(), Box<dyn StdError + Send + Sync>>("boxed".into())?;
        Ok(())
    }
    fn string() -> Result<()> {
        Err(format!("volume {}", 7))?;
        Ok(())
    }
    fn borrowed(text: &str) -> Result<()> {
        Err(text)?;
        Ok(())
    }
    let texts = [std_error(), anyhow_error(), boxed(), string(), borrowed("plain")]
        .map(|r| r.unwrap_err().to_string());
    assert_eq!(texts, ["disk full", "outer: root", "boxed", "volume 7", "plain"]);
}

#[test]
fn location_is_the_first_question_mark() {
    const FIRST: u32 = line!() + 3;
    fn inner() -> Result<()> {
        let failed: io::Result<()> = Err(io::Error::other("x"));
        failed?;
        Ok(())
    }
    fn outer() -> Result<()> {
        inner().context("outer")?;
        Ok(())
    }
    let error = outer().unwrap_err();
    assert_eq!((error.location().file(), error.location().line()), (file!(), FIRST));
    assert_eq!(error.to_string(), "outer: x");
    assert!(format!("{error:?}").ends_with(&format!("{}:{FIRST}:9)", file!())), "{error:?}");
}

#[test]
fn location_survives_anyhow() {
    const LINE: u32 = line!() + 2;
    fn f() -> Result<()> {
        Err(anyhow::anyhow!("x"))?;
        Ok(())
    }
    assert_eq!(f().unwrap_err().location().line(), LINE);
}

#[test]
fn context_replaces_a_location_in_the_standard_library() {
    fn f() -> Result<()> {
        let failed: Result<(), Says> = Err(Says("x", None));
        failed.map_err(Into::into)
    }
    let error = f().unwrap_err();
    assert!(!error.location().file().ends_with("error/tests.rs"), "{error:?}");
    assert_eq!(error.place(), None);
    let (result, line) = (f().context("c"), line!());
    let place = result.unwrap_err().place().unwrap();
    assert_eq!((place.file(), place.line()), (file!(), line));
    let (result, line) = (f().with_context(|| "c"), line!());
    assert_eq!(result.unwrap_err().location().line(), line);
}

#[test]
fn recognizes_files_of_the_author() {
    let ours = file!().strip_suffix("error/tests.rs").unwrap();
    assert!(is_authors("src/main.rs") && is_authors("/home/me/.cargo/registry/src/x/lib-1.0.0/src/lib.rs"));
    for file in
        ["/rustc/5980/library/core/src/ops/function.rs", "/r/lib/rustlib/src/rust/library/core/src/a.rs"]
    {
        assert!(!is_authors(file), "{file}");
    }
    assert!(!is_authors(&format!("{ours}hosts/velero/call.rs")));
}

#[test]
fn context_and_macros_record_their_line() {
    const FIRST: u32 = line!() + 2;
    fn on_result() -> Result<()> {
        Err(Says("x", None)).context("c")
    }
    fn on_result_lazily() -> Result<()> {
        Err(Says("x", None)).with_context(|| "c")
    }
    fn on_none() -> Result<()> {
        None.context("c")
    }
    fn on_none_lazily() -> Result<()> {
        None.with_context(|| "c")
    }
    fn bails() -> Result<()> {
        bail!("c")
    }
    fn ensures() -> Result<()> {
        ensure!(1 > 2, "c");
        Ok(())
    }
    for (index, f) in
        [on_result, on_result_lazily, on_none, on_none_lazily, bails, ensures].iter().enumerate()
    {
        let error = f().unwrap_err();
        assert_eq!(error.location().line(), FIRST + 3 * u32::try_from(index).unwrap(), "{error:?}");
        assert_eq!(error.location().file(), file!());
        assert!(error.to_string().starts_with('c'));
    }
}

#[test]
fn macros_accept_format_arguments_and_errors() {
    fn f(which: u8) -> Result<()> {
        let id = "vol-1";
        match which {
            0 => bail!("no volume {id}"),
            1 => bail!("no volume {}, {:?}", id, "b",),
            2 => bail!(io::Error::other("io")),
            3 => bail!(String::from("braces {}")),
            4 => ensure!(id.is_empty()),
            5 => ensure!(id.is_empty(), io::Error::other("io")),
            _ => ensure!(id.is_empty(), "{id} is {}", 5),
        }
        Ok(())
    }
    let texts: Vec<String> = (0..7).map(|which| f(which).unwrap_err().to_string()).collect();
    assert_eq!(
        texts,
        [
            "no volume vol-1",
            "no volume vol-1, \"b\"",
            "io",
            "braces {}",
            "condition failed: `id.is_empty()`",
            "io",
            "vol-1 is 5"
        ]
    );
}

#[test]
fn repeated_source_text_appears_once() {
    assert_eq!(text(&["a", "b", "c"]), "a: b: c");
    assert_eq!(text(&["a: b: c", "b: c", "c"]), "a: b: c");
    assert_eq!(text(&["a: b: c", "b", "c"]), "a: b: c");
    assert_eq!(text(&["a: b", "b", "c"]), "a: b: c");
    assert_eq!(text(&["b", "b", "c"]), "b: c");
    assert_eq!(text(&["a", "", "c"]), "a: c");
    assert_eq!(text(&["", "b\n"]), "b");
}

#[test]
fn the_text_is_never_empty() {
    assert!(Error::from(Says("", None)).to_string().contains("tests::Says without a message"));
    assert_eq!(Error::msg("").to_string(), "error of type alloc::string::String without a message");
    assert_eq!(Error::msg(" ").context("outer").to_string(), "outer");
}

#[test]
fn errors_are_found_by_type() {
    let error = Error::from(io::Error::from(io::ErrorKind::NotFound)).context("outer");
    assert_eq!(error.downcast_ref::<io::Error>().unwrap().kind(), io::ErrorKind::NotFound);
    assert!(error.downcast_ref::<Says>().is_none());
    assert_eq!(error.chain().count(), 2);
    assert!(Error::from(io::Error::other(says(&["x"]))).downcast_ref::<Says>().is_some());
    assert_eq!(error.root_cause().to_string(), "entity not found");
}

#[test]
fn standard_error_view_round_trips() {
    let error = Error::msg("x").context("outer");
    let place = error.location();
    let report = error.as_std().downcast_ref::<Report>().unwrap();
    assert_eq!((report.to_string().as_str(), report.location()), ("outer: x", place));
    assert!(error.as_std().source().is_none());

    let again = Error::from(error.into_std());
    assert_eq!((again.to_string().as_str(), again.location()), ("outer: x", place));

    let wrapped = Error::from(io::Error::other(again.into_std()));
    assert_eq!((wrapped.to_string().as_str(), wrapped.location()), ("outer: x", place));
}

#[test]
fn results_stay_small() {
    assert_eq!(size_of::<Result<()>>(), size_of::<usize>());
}

#[test]
fn self_referential_source_terminates() {
    #[derive(Debug)]
    struct Round;

    impl fmt::Display for Round {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("round and round")
        }
    }

    impl StdError for Round {
        fn source(&self) -> Option<&(dyn StdError + 'static)> {
            Some(self)
        }
    }

    assert_eq!(text_of(&Round), "round and round");
}
