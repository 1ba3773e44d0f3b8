//! What differs between the lines that are expected and those that are there.

use crate::run::matches;
use std::fmt::Write;

/// The lines of both, `-` before those that are missing and `+` before those too many; `None` if
/// each line is like the expected one.
pub fn in_order(expected: &[String], found: &[String]) -> Option<String> {
    let (rows, columns) = (expected.len(), found.len());
    // The longest run of lines in common, from each place to the ends.
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

/// As [`in_order`], in whatever order the lines are.
pub fn in_any_order(expected: &[String], found: &[String]) -> Option<String> {
    let mut left: Vec<_> = found.iter().collect();
    let mut missing = Vec::new();
    // Those that can be like one line only choose first.
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
    fn shows_what_is_missing_and_what_is_too_many() {
        assert_eq!(in_order(&lines("a b* c"), &lines("a b1 c")), None);
        let diff = in_order(&lines("a b c d"), &lines("a x c")).unwrap();
        assert_eq!(diff, "    a\n  - b\n  + x\n    c\n  - d\n");
        assert!(in_order(&lines("a b"), &lines("b a")).is_some());
        assert_eq!(in_order(&[], &lines("a")).unwrap(), "  + a\n");
    }

    #[test]
    fn any_order_is_any_order() {
        assert_eq!(in_any_order(&lines("a* ab"), &lines("ab ac")), None);
        let diff = in_any_order(&lines("a b"), &lines("b b")).unwrap();
        assert_eq!(diff, "  - a\n  + b\n");
    }
}
