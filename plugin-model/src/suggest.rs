//! "Did you mean": finds the closest known word.

/// Returns the candidate closest to `word`, if one is close enough.
///
/// Close enough means that at most a third of the word differs. An insertion, deletion, replacement or swap
/// of neighbors counts as one; case, and `-` instead of `_`, do not count. The first of equally close
/// candidates is returned.
pub fn closest<'c>(word: &str, candidates: impl IntoIterator<Item = &'c str>) -> Option<&'c str> {
    let word = folded(word);
    candidates
        .into_iter()
        .map(|candidate| (distance(&word, &folded(candidate)), candidate))
        .filter(|(distance, candidate)| *distance <= word.len().max(candidate.len()) / 3)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

fn folded(word: &str) -> Vec<char> {
    word.chars().map(|c| if c == '-' { '_' } else { c.to_ascii_lowercase() }).collect()
}

/// The optimal string alignment distance.
fn distance(a: &[char], b: &[char]) -> usize {
    let mut before_last: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=b.len()).collect();
    let mut previous_a = None;
    for (row, &ca) in a.iter().enumerate() {
        let mut current = vec![row + 1];
        let mut previous_b = None;
        for (column, (&cb, pair)) in b.iter().zip(last.windows(2)).enumerate() {
            let &[diagonal, above] = pair else { continue };
            let mut best = (current[column] + 1).min(above + 1).min(diagonal + usize::from(ca != cb));
            if previous_a == Some(cb)
                && previous_b == Some(ca)
                && let Some(swapped) = column.checked_sub(1).and_then(|at| before_last.get(at))
            {
                best = best.min(swapped + 1);
            }
            current.push(best);
            previous_b = Some(cb);
        }
        before_last = std::mem::replace(&mut last, current);
        previous_a = Some(ca);
    }
    last.last().copied().unwrap_or(a.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEYS: [&str; 5] = ["name", "new", "included_resources", "excluded_resources", "label_selector"];

    #[test]
    fn finds_the_closest_word() {
        for (word, meant) in [
            ("nmae", "name"),
            ("Name", "name"),
            ("names", "name"),
            ("include_resources", "included_resources"),
            ("included-resources", "included_resources"),
            ("excluded_resource", "excluded_resources"),
            ("labelSelector", "label_selector"),
        ] {
            assert_eq!(closest(word, KEYS), Some(meant), "{word}");
        }
    }

    #[test]
    fn ignores_distant_words() {
        for word in ["", "priority", "x", "timeout"] {
            assert_eq!(closest(word, KEYS), None, "{word}");
        }
    }

    #[test]
    fn distances() {
        let d = |a: &str, b: &str| distance(&folded(a), &folded(b));
        assert_eq!(d("", "abc"), 3);
        assert_eq!(d("abc", ""), 3);
        assert_eq!(d("abc", "bc"), 1);
        assert_eq!(d("abc", "acb"), 1);
        assert_eq!(d("abcd", "badc"), 2);
        assert_eq!(d("abc", "cab"), 2);
        assert_eq!(d("kitten", "sitting"), 3);
        assert_eq!(d("new", "new"), 0);
    }
}
