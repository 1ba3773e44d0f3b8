//! Suggests the name that a misspelt word was probably meant to be.

use std::fmt::Display;

/// "did you mean `x`?" for the candidate most similar to `word`; `None` if none is similar enough.
pub(crate) fn did_you_mean<'a>(
    word: &str,
    candidates: impl IntoIterator<Item = &'a str>,
) -> Option<String> {
    nearest(word, candidates).map(suggest)
}

/// "did you mean `name`?", for a name that [`nearest`] found and the caller has completed.
pub(crate) fn suggest(name: impl Display) -> String {
    format!("did you mean `{name}`?")
}

/// The candidate most similar to `word`, ignoring case; `None` if none is similar enough.
pub(crate) fn nearest<'a>(
    word: &str,
    candidates: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    let lower = word.to_lowercase();
    candidates
        .into_iter()
        .filter(|candidate| *candidate != word)
        .map(|candidate| (score(&lower, &candidate.to_lowercase()), candidate))
        .filter(|(score, _)| *score > MIN_SCORE)
        .max_by(|(a, _), (b, _)| a.total_cmp(b))
        .map(|(_, candidate)| candidate)
}

/// Similarity, from 0 to 1, above which a candidate is suggested.
const MIN_SCORE: f64 = 0.75;
/// Similarity of a candidate that contains the word as a whole part: `setup` in `schema/setup`.
const WHOLE_PART_SCORE: f64 = 0.8;

fn score(word: &str, candidate: &str) -> f64 {
    let has_part = |text: &str| text.split(['-', '_', '/', ' ']).any(|part| part == word);
    if word.len() > 1 && has_part(candidate) {
        return WHOLE_PART_SCORE;
    }
    strsim::jaro_winkler(word, candidate)
        .max(strsim::normalized_damerau_levenshtein(word, candidate))
}

#[cfg(test)]
mod tests {
    use super::{did_you_mean, nearest};

    #[test]
    fn suggests_a_similar_name_only() {
        let verbs = ["up", "down", "logs", "schema/setup", "terraform_output"];
        assert_eq!(nearest("dwon", verbs), Some("down"));
        assert_eq!(nearest("setup", verbs), Some("schema/setup"));
        assert_eq!(
            nearest("terraform_outputs", verbs),
            Some("terraform_output")
        );
        assert_eq!(nearest("kubernetes", verbs), None);
        assert_eq!(nearest("up", verbs), None);
        let hint = did_you_mean("dwon", verbs);
        assert_eq!(hint.as_deref(), Some("did you mean `down`?"));
    }
}
