//! Escape sequences in double quotes.

/// `text` with the sequences that Docker Compose knows replaced: those of Go but for `\x`, `\u` and
/// `\U`, and `\0` with three octal digits. `\$` becomes `$$`, which interpolation makes a `$`.
pub(crate) fn expand(text: &str) -> String {
    let mut result = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('\\') {
        result.push_str(&rest[..at]);
        let behind = &rest[at + 1..];
        let Some(c) = behind.chars().next() else {
            result.push('\\');
            return result;
        };
        rest = &behind[c.len_utf8()..];
        match c {
            '$' => result.push_str("$$"),
            'a' => result.push('\u{7}'),
            'b' => result.push('\u{8}'),
            'f' => result.push('\u{c}'),
            'n' => result.push('\n'),
            'r' => result.push('\r'),
            't' => result.push('\t'),
            'v' => result.push('\u{b}'),
            '"' | '\\' => result.push(c),
            '0' => {
                let digits = rest.bytes().take(3).take_while(u8::is_ascii_digit).count();
                let (number, behind) = rest.split_at(digits);
                let code = u8::from_str_radix(number, 8);
                if let Some(code) = code.ok().filter(|_| digits == 3) {
                    result.push(char::from(code));
                } else {
                    // Not a sequence of Go's; Compose has dropped the `0` by then.
                    result.push('\\');
                    result.push_str(number);
                }
                rest = behind;
            }
            c => result.extend(['\\', c]),
        }
    }
    result.push_str(rest);
    result
}
