//! Reads definition files by their grammar, as the language server of Rhai has it: a module, then
//! functions, operators and constants with types, each ended by `;`.

use std::iter::Peekable;
use std::vec::IntoIter;

/// A definition file.
#[derive(Debug)]
pub(crate) struct Definition {
    /// What it is about: `static`, a name, or a path in quotes.
    pub(crate) module: String,
    /// What it declares.
    pub(crate) items: Vec<Item>,
}

/// A declaration. Types are without white space.
#[derive(Debug)]
pub(crate) enum Item {
    Function {
        docs: Vec<String>,
        /// `get x` for a property.
        name: String,
        params: Vec<(String, String)>,
        returns: Option<String>,
    },
    Operator {
        docs: Vec<String>,
    },
    Constant {
        docs: Vec<String>,
    },
}

impl Item {
    /// The lines of its documentation.
    pub(crate) fn docs(&self) -> &[String] {
        match self {
            Self::Function { docs, .. } | Self::Operator { docs } | Self::Constant { docs } => docs,
        }
    }
}

type Read<T> = Result<T, String>;

/// Reads `text`.
pub(crate) fn parse(text: &str) -> Read<Definition> {
    let mut parser = Parser {
        tokens: tokens(text)?.into_iter().peekable(),
    };
    parser.docs();
    parser.expect("module")?;
    let module = parser.next()?;
    parser.expect(";")?;
    let mut items = Vec::new();
    while parser.tokens.peek().is_some() {
        items.push(parser.item()?);
    }
    Ok(Definition { module, items })
}

/// Words, strings, comments of documentation, operators.
fn tokens(text: &str) -> Read<Vec<String>> {
    let mut tokens = Vec::new();
    for line in text.lines() {
        let mut rest = line.trim();
        if rest.starts_with("///") {
            tokens.push(rest.to_owned());
            continue;
        }
        while let Some(first) = rest.chars().next() {
            let is_word = |c: char| c.is_alphanumeric() || c == '_';
            let length = if is_word(first) {
                rest.find(|c| !is_word(c)).unwrap_or(rest.len())
            } else if first == '"' {
                rest[1..]
                    .find('"')
                    .ok_or(format!("no end of text: {line}"))?
                    + 2
            } else if "(),;:?".contains(first) {
                1
            } else if rest.starts_with("->") {
                2
            } else if rest.starts_with("...") {
                3
            } else {
                let is_sign = |c: char| "+-*/%<>=!&|^.~".contains(c);
                match rest.find(|c| !is_sign(c)).unwrap_or(rest.len()) {
                    0 => return Err(format!("what is {first:?}: {line}")),
                    length => length,
                }
            };
            tokens.push(rest[..length].to_owned());
            rest = rest[length..].trim_start();
        }
    }
    Ok(tokens)
}

struct Parser {
    tokens: Peekable<IntoIter<String>>,
}

/// Words that are no names.
const RESERVED_WORDS: [&str; 14] = [
    "fn", "const", "let", "module", "import", "exit", "default", "new", "if", "in", "for", "while",
    "return", "throw",
];

impl Parser {
    fn next(&mut self) -> Read<String> {
        self.tokens
            .next()
            .ok_or_else(|| "it ends too early".to_owned())
    }

    fn is(&mut self, token: &str) -> bool {
        self.tokens.next_if(|next| next == token).is_some()
    }

    fn expect(&mut self, token: &str) -> Read<()> {
        let next = self.next()?;
        let rest: Vec<_> = self.tokens.clone().take(8).collect();
        if next == token {
            Ok(())
        } else {
            Err(format!("{next:?} instead of {token:?} before {rest:?}"))
        }
    }

    fn name(&mut self) -> Read<String> {
        let name = self.next()?;
        let good = name.starts_with(|c: char| c.is_alphabetic() || c == '_')
            && !RESERVED_WORDS.contains(&name.as_str());
        if good {
            Ok(name)
        } else {
            Err(format!("{name:?} is no name"))
        }
    }

    fn docs(&mut self) -> Vec<String> {
        let mut docs = Vec::new();
        while let Some(line) = self.tokens.next_if(|next| next.starts_with("///")) {
            docs.push(line);
        }
        docs
    }

    fn item(&mut self) -> Read<Item> {
        let docs = self.docs();
        let kind = self.next()?;
        let item = match kind.as_str() {
            "fn" => {
                let mut name = self.name()?;
                if (name == "get" || name == "set")
                    && self.tokens.peek().is_some_and(|next| next != "(")
                {
                    name = format!("{name} {}", self.name()?);
                }
                let params = self.list(|parser| {
                    let more = if parser.is("...") { "..." } else { "" };
                    let name = parser.name()?;
                    parser.expect(":")?;
                    Ok((format!("{more}{name}"), parser.of_type()?))
                })?;
                let returns = self.returns()?;
                Item::Function {
                    docs,
                    name,
                    params,
                    returns,
                }
            }
            "op" => {
                self.next()?;
                self.list(Self::of_type)?;
                self.returns()?;
                Item::Operator { docs }
            }
            "const" => {
                self.name()?;
                self.expect(":")?;
                self.of_type()?;
                Item::Constant { docs }
            }
            other => return Err(format!("{other:?} declares nothing")),
        };
        self.expect(";")?;
        Ok(item)
    }

    fn returns(&mut self) -> Read<Option<String>> {
        if self.is("->") {
            self.of_type().map(Some)
        } else {
            Ok(None)
        }
    }

    fn list<T>(&mut self, mut entry: impl FnMut(&mut Self) -> Read<T>) -> Read<Vec<T>> {
        let mut entries = Vec::new();
        self.expect("(")?;
        while !self.is(")") {
            if !entries.is_empty() {
                self.expect(",")?;
            }
            entries.push(entry(self)?);
        }
        Ok(entries)
    }

    fn of_type(&mut self) -> Read<String> {
        let mut of = if self.is("?") {
            "?".to_owned()
        } else if self.is("(") {
            self.expect(")")?;
            "()".to_owned()
        } else {
            let name = self.name()?;
            if self.is("<") {
                let inner = self.of_type()?;
                self.expect(">")?;
                format!("{name}<{inner}>")
            } else {
                name
            }
        };
        if self.is("|") {
            of = format!("{of}|{}", self.of_type()?);
        }
        Ok(of)
    }
}
