//! Compares expected lines with actual ones.

use crate::run::matches;
use std::fmt::Write;

/// A diff with `-` before missing lines and `+` before extra ones; `None` if all lines match.
pub(super) fn in_order(expected: &[String], found: &[String]) -> Option<String> {
    let (rows, columns) = (expected.len(), found.len());
    // The length of the longest common subsequence from each pair of positions to the ends.
    let mut common = vec![vec![0; columns + 1]; rows + 1];
    for row in (0..rows).rev() {
        for column in (0..columns).rev() {
            common[row][column] = if matches(&expected[row], &found[column]) {
                common[row + 1][column + 1] + 1
            } else {
                common[row + 1][column].max(common[row][column + 1])
            };
        }
    }
    if rows == columns && common[0][0] == rows {
        return None;
    }
    let mut text = String::new();
    let (mut row, mut column) = (0, 0);
    while row < rows || column < columns {
        let both = row < rows && column < columns;
        if both && matches(&expected[row], &found[column]) {
            line(&mut text, ' ', &found[column]);
            row += 1;
            column += 1;
        } else if column == columns
            || (row < rows && common[row + 1][column] >= common[row][column + 1])
        {
            line(&mut text, '-', &expected[row]);
            row += 1;
        } else {
            line(&mut text, '+', &found[column]);
            column += 1;
        }
    }
    Some(text)
}

/// Like [`in_order`], but ignores the order of the lines.
pub(super) fn in_any_order(expected: &[String], found: &[String]) -> Option<String> {
    let mut left: Vec<_> = found.iter().collect();
    let mut missing = Vec::new();
    // Patterns without `*` match one line only, so they choose first.
    let (loose, exact): (Vec<_>, Vec<_>) = expected.iter().partition(|line| line.contains('*'));
    for pattern in exact.into_iter().chain(loose) {
        match left.iter().position(|line| matches(pattern, line)) {
            Some(at) => {
                left.remove(at);
            }
            None => missing.push(pattern),
        }
    }
    if left.is_empty() && missing.is_empty() {
        return None;
    }
    let mut text = String::new();
    for pattern in missing {
        line(&mut text, '-', pattern);
    }
    for more in left {
        line(&mut text, '+', more);
    }
    Some(text)
}

fn line(text: &mut String, sign: char, line: &str) {
    for part in line.split('\n') {
        let _ = writeln!(text, "  {sign} {part}");
    }
}

#[cfg(test)]
mod tests {
    use super::{in_any_order, in_order};

    fn lines(text: &str) -> Vec<String> {
        text.split(' ').map(str::to_owned).collect()
    }

    #[test]
    fn shows_missing_and_extra_lines() {
        assert_eq!(in_order(&lines("a b* c"), &lines("a b1 c")), None);
        let diff = in_order(&lines("a b c d"), &lines("a x c")).unwrap();
        assert_eq!(diff, "    a\n  - b\n  + x\n    c\n  - d\n");
        assert!(in_order(&lines("a b"), &lines("b a")).is_some());
        assert_eq!(in_order(&[], &lines("a")).unwrap(), "  + a\n");
    }

    #[test]
    fn any_order_ignores_the_order() {
        assert_eq!(in_any_order(&lines("a* ab"), &lines("ab ac")), None);
        let diff = in_any_order(&lines("a b"), &lines("b b")).unwrap();
        assert_eq!(diff, "  - a\n  + b\n");
    }
}
