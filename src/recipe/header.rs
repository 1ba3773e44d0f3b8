//! A recipe's documentation and parameters, read from its syntax tree without running it.

use super::engine::parse_alone;
use super::syntax::wants_all_functions;
use super::{Param, ParamKind, ParamType, Source};
use crate::fault::{Diagnostic, did_you_mean};
use rhai::{ASTFlags, Engine, Expr, Position, Stmt};
use std::collections::HashSet;

/// A recipe's documentation and parameters.
#[derive(Debug, Clone, Default)]
pub(crate) struct Header {
    /// The first line of the `//!` comment.
    pub summary: String,
    /// The other lines of the `//!` comment.
    pub details: String,
    /// The parameters, in the order of `PARAMS`.
    pub params: Vec<Param>,
    /// The recipe may call functions many times, or calls one that the host replaces.
    pub wants_all_functions: bool,
}

/// The long names of the flags that every verb has; a parameter cannot use them.
pub(super) const RESERVED_FLAGS: [&str; 12] = [
    "dry-run",
    "only",
    "skip",
    "resume",
    "jobs",
    "yes",
    "wait-for-lock",
    "output",
    "quiet",
    "verbose",
    "help",
    "repo",
];

/// The short forms of such flags, which a parameter cannot use either. `-v` is not among them: a
/// recipe may take it, as `docker compose down -v` does.
const RESERVED_SHORT_FLAGS: [(char, &str); 3] = [('h', "help"), ('q', "quiet"), ('y', "yes")];

/// The keys of an entry of `PARAMS`.
const PARAM_KEYS: [&str; 12] = [
    "name",
    "kind",
    "type",
    "short",
    "value",
    "default_value",
    "required",
    "values",
    "complete",
    "env",
    "secret",
    "help",
];

/// The values of `complete`.
const COMPLETIONS: [&str; 2] = ["services", "files"];

/// Reads the header of `source`. Fails if the recipe does not parse or `PARAMS` is wrong.
pub(crate) fn read_header(source: &Source) -> Result<Header, Diagnostic> {
    let ast = parse_alone(source)?;
    let mut params = Vec::new();
    for statement in ast.statements() {
        if let Stmt::Var(definition, flags, position) = statement
            && definition.0.as_str() == "PARAMS"
        {
            let reader = Reader { file: &source.file };
            if !flags.intersects(ASTFlags::CONSTANT) {
                return Err(reader.error("PARAMS must be a `const`", *position));
            }
            params = reader.params(&definition.1)?;
        }
    }
    let (summary, details) = doc(&source.text);
    Ok(Header {
        summary,
        details,
        params,
        wants_all_functions: wants_all_functions(&ast),
    })
}

/// The first of the `//!` lines at the top of `text`, and the other ones.
fn doc(text: &str) -> (String, String) {
    let mut lines = text
        .lines()
        .map(str::trim)
        .skip_while(|line| line.is_empty())
        .map_while(|line| line.strip_prefix("//!"))
        .map(|line| line.strip_prefix(' ').unwrap_or(line));
    let summary = lines.next().unwrap_or_default().trim().to_owned();
    let rest: Vec<_> = lines.collect();
    (summary, rest.join("\n").trim().to_owned())
}

struct Reader<'a> {
    file: &'a str,
}

type Read<T> = Result<T, Diagnostic>;

impl Reader<'_> {
    fn error(&self, message: impl Into<String>, position: Position) -> Diagnostic {
        Diagnostic::at(message, self.file, position)
    }

    fn params(&self, list: &Expr) -> Read<Vec<Param>> {
        let Expr::Array(entries, _) = list else {
            let message = "PARAMS must be an array literal of maps: [ #{ name: … }, … ]";
            return Err(self.error(message, list.position()));
        };
        let mut params = Vec::with_capacity(entries.len());
        let mut names = HashSet::new();
        let mut shorts = HashSet::new();
        let mut optional_arg: Option<String> = None;
        for entry in entries {
            let (param, at) = self.param(entry)?;
            if !names.insert(param.constant()) {
                return Err(self.error(format!("two parameters are called `{}`", param.name), at));
            }
            if let Some(short) = param.short
                && !shorts.insert(short)
            {
                return Err(
                    self.error(format!("two parameters have the short form `-{short}`"), at)
                );
            }
            if let Some(Param {
                name,
                kind: ParamKind::Rest,
                ..
            }) = params.last()
                && matches!(param.kind, ParamKind::Arg | ParamKind::Rest)
            {
                let message =
                    format!("no argument can follow `{name}`, which takes all remaining words");
                return Err(self.error(message, at));
            }
            if param.kind == ParamKind::Arg {
                if let (true, Some(optional)) = (param.required, &optional_arg) {
                    let name = &param.name;
                    let message =
                        format!("`{name}` is required but follows the optional `{optional}`");
                    return Err(self.error(message, at));
                }
                if !param.required {
                    optional_arg = Some(param.name.clone());
                }
            }
            params.push(param);
        }
        Ok(params)
    }

    fn param(&self, entry: &Expr) -> Read<(Param, Position)> {
        let Expr::Map(map, at) = entry else {
            return Err(self.error(
                "a parameter must be a map literal: #{ name: …, kind: … }",
                entry.position(),
            ));
        };
        let fields = &map.0;
        for (key, _) in fields {
            if !PARAM_KEYS.contains(&key.as_str()) {
                let error = self.error(
                    format!("a parameter has no key `{}`", key.as_str()),
                    key.pos,
                );
                let hint = did_you_mean(key.as_str(), PARAM_KEYS)
                    .unwrap_or_else(|| format!("keys are {}", PARAM_KEYS.join(", ")));
                return Err(error.with_hint(hint));
            }
        }
        let field = |key: &str| {
            fields
                .iter()
                .find(|(name, _)| name.as_str() == key)
                .map(|(_, value)| value)
        };
        let text = |key: &str| field(key).map(|value| self.text(key, value)).transpose();

        let name = text("name")?.ok_or_else(|| self.error("this parameter has no `name`", *at))?;
        let name_at = field("name").map_or(*at, Expr::position);
        self.check_name(&name, name_at)?;
        let kinds = || format!("kinds are {}", ParamKind::NAMES.join(", "));
        let word = text("kind")?.ok_or_else(|| {
            self.error(format!("`{name}` has no `kind`"), *at)
                .with_hint(kinds())
        })?;
        let kind = ParamKind::named(&word).ok_or_else(|| {
            let at = field("kind").map_or(*at, Expr::position);
            self.error(format!("`{word}` is not a kind of parameter"), at)
                .with_hint(kinds())
        })?;
        let value_type = match text("type")? {
            None => None,
            Some(word) => Some(ParamType::named(&word).ok_or_else(|| {
                let at = field("type").map_or(*at, Expr::position);
                self.error(format!("`{word}` is not a type of value"), at)
                    .with_hint(format!("types are {}", ParamType::NAMES.join(", ")))
            })?),
        };
        let flag = |key: &str| match field(key) {
            None => Ok(false),
            Some(Expr::BoolConstant(value, _)) => Ok(*value),
            Some(other) => {
                let message = format!("`{key}` must be true or false");
                Err(self.error(message, other.position()))
            }
        };
        let short = match text("short")? {
            None => None,
            Some(short) => Some(self.short(&short, field("short").map_or(*at, Expr::position))?),
        };
        let values = match field("values") {
            None => Vec::new(),
            Some(Expr::Array(values, _)) => values
                .iter()
                .map(|value| self.value(&name, value_type, value))
                .collect::<Read<_>>()?,
            Some(other) => {
                return Err(self.error("`values` must be an array of strings", other.position()));
            }
        };
        let complete = text("complete")?;
        if let Some(word) = complete
            .as_deref()
            .filter(|word| !COMPLETIONS.contains(word))
        {
            let at = field("complete").map_or(*at, Expr::position);
            let error = self.error(format!("`{word}` is not a value of `complete`"), at);
            return Err(error.with_hint(format!("values are {}", COMPLETIONS.join(", "))));
        }
        let param = Param {
            short,
            value: text("value")?,
            default_value: text("default_value")?,
            required: flag("required")?,
            value_type,
            values,
            complete,
            env: text("env")?,
            is_secret: flag("secret")?,
            help: text("help")?.unwrap_or_default(),
            name,
            kind,
        };
        self.check_consistency(&param, *at)?;
        Ok((param, *at))
    }

    /// Reads one of the `values` of the parameter `name`.
    fn value(&self, name: &str, value_type: Option<ParamType>, value: &Expr) -> Read<String> {
        let text = self.text("values", value)?;
        match value_type.map_or(Ok(()), |value_type| value_type.check(&text)) {
            Ok(()) => Ok(text),
            Err(why) => {
                let message = format!("the value `{text}` of `{name}` is {why}");
                Err(self.error(message, value.position()))
            }
        }
    }

    fn text(&self, key: &str, value: &Expr) -> Read<String> {
        match value {
            Expr::StringConstant(text, _) => Ok(text.to_string()),
            other => Err(self.error(
                format!("`{key}` must be a string in double quotes"),
                other.position(),
            )),
        }
    }

    fn short(&self, text: &str, at: Position) -> Read<char> {
        let mut letters = text.chars();
        match (letters.next(), letters.next()) {
            (Some(letter), None) if letter.is_ascii_alphanumeric() => {
                let mut taken = RESERVED_SHORT_FLAGS.iter();
                match taken.find(|(other, _)| *other == letter) {
                    None => Ok(letter),
                    Some((_, flag)) => {
                        let message = format!("every verb already has `-{letter}` for --{flag}");
                        Err(self.error(message, at).with_hint("use another letter"))
                    }
                }
            }
            _ => Err(self.error("`short` must be one letter or digit", at)),
        }
    }

    fn check_name(&self, name: &str, at: Position) -> Read<()> {
        let allowed =
            |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '_';
        let well_formed =
            name.starts_with(|c: char| c.is_ascii_lowercase()) && name.chars().all(allowed);
        if !well_formed {
            let error = self.error(format!("`{name}` is not a valid name for a parameter"), at);
            return Err(
                error.with_hint("a name starts with a letter and contains only a-z, 0-9, - and _")
            );
        }
        if RESERVED_FLAGS.contains(&name) {
            let error = self.error(format!("every verb already has a flag `--{name}`"), at);
            return Err(error.with_hint("use another name"));
        }
        let constant = name.replace('-', "_");
        let mut scope = rhai::Scope::new();
        scope.push_constant(constant.as_str(), ());
        let usable = Engine::new_raw()
            .compile_with_scope(&scope, &constant)
            .is_ok();
        if !usable {
            let error = self.error(format!("`{name}` is a reserved word in Rhai"), at);
            return Err(error.with_hint("use another name"));
        }
        Ok(())
    }

    fn check_consistency(&self, param: &Param, at: Position) -> Read<()> {
        let name = &param.name;
        let wrong = |message: String| Err(self.error(message, at));
        if param.kind == ParamKind::Flag
            && (param.required || param.default_value.is_some() || !param.values.is_empty())
        {
            return wrong(format!(
                "`{name}` is a flag, which takes no value and is never required"
            ));
        }
        if param.kind == ParamKind::Flag && param.env.is_some() {
            return wrong(format!(
                "`{name}` is a flag, which takes no value from a variable"
            ));
        }
        if matches!(param.kind, ParamKind::Arg | ParamKind::Rest) && param.short.is_some() {
            return wrong(format!(
                "`{name}` is positional and cannot have a short form"
            ));
        }
        if param.required && param.default_value.is_some() {
            return wrong(format!(
                "`{name}` is required and has a default value: remove one of the two"
            ));
        }
        if param.kind == ParamKind::Rest && param.default_value.is_some() {
            return wrong(format!(
                "`{name}` takes all remaining words and cannot have a default value"
            ));
        }
        if param.value_type.is_some() && param.kind == ParamKind::Flag {
            return wrong(format!(
                "`{name}` is a flag, which takes no value and has no type"
            ));
        }
        // The error for a wrong value would show it.
        let is_checked = param.value_type.is_some() || !param.values.is_empty();
        let is_text = matches!(param.kind, ParamKind::Arg | ParamKind::Option) && !is_checked;
        if param.is_secret && !is_text {
            return wrong(format!(
                "`{name}` is secret: it must be an argument or an option without `type` and `values`"
            ));
        }
        if let (Some(value_type), Some(default)) = (param.value_type, &param.default_value)
            && let Err(why) = value_type.check(default)
        {
            return wrong(format!(
                "the default value `{default}` of `{name}` is {why}"
            ));
        }
        if let Some(default) = &param.default_value
            && !param.values.is_empty()
            && !param.values.contains(default)
        {
            return wrong(format!(
                "the default value `{default}` of `{name}` is not one of its values"
            ));
        }
        Ok(())
    }
}
