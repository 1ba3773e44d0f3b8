//! "Did you mean".

/// The hint that `word` was meant to be one of `candidates`, if any is near enough.
pub fn did_you_mean<'a>(
    word: &str,
    candidates: impl IntoIterator<Item = &'a str>,
) -> Option<String> {
    nearest(word, candidates).map(|near| format!("did you mean `{near}`?"))
}

/// The candidate that `word` was most likely meant to be, if any is near enough.
pub fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let lower = word.to_lowercase();
    candidates
        .into_iter()
        .filter(|candidate| *candidate != word)
        .map(|candidate| (score(&lower, &candidate.to_lowercase()), candidate))
        .filter(|(score, _)| *score > 0.75)
        .max_by(|(a, _), (b, _)| a.total_cmp(b))
        .map(|(_, candidate)| candidate)
}

fn score(word: &str, candidate: &str) -> f64 {
    // What was typed as a whole word of the candidate is near, whatever its length.
    let parts = |text: &str| text.split(['-', '_', '/', ' ']).any(|part| part == word);
    if word.len() > 1 && parts(candidate) {
        return 0.8;
    }
    strsim::jaro_winkler(word, candidate)
        .max(strsim::normalized_damerau_levenshtein(word, candidate))
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn finds_what_was_meant_and_nothing_far_fetched() {
        let verbs = ["up", "down", "logs", "schema/setup", "terraform_output"];
        assert_eq!(nearest("dwon", verbs), Some("down"));
        assert_eq!(nearest("setup", verbs), Some("schema/setup"));
        assert_eq!(
            nearest("terraform_outputs", verbs),
            Some("terraform_output")
        );
        assert_eq!(nearest("kubernetes", verbs), None);
        assert_eq!(nearest("up", verbs), None);
    }
}
