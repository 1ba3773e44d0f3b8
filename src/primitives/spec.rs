//! What a primitive is, beside the function that does its work: one constant, which the
//! documentation, editors, `check` and the primitive itself read.

use crate::fault::Failure;
use rhai::Dynamic;
use serde::Serialize;

/// A function that recipes can call.
#[derive(Debug)]
pub(crate) struct Primitive {
    /// The name that recipes call.
    pub name: &'static str,
    /// The ways to call it, in the order in which their functions are registered.
    pub forms: &'static [Form],
    /// The type that each form returns.
    pub returns: Type,
    /// The keys of the map that it returns, or of each map in the array that it returns.
    pub keys: &'static [&'static str],
    /// Markdown, without the options. The first sentence is the summary.
    pub docs: &'static str,
    /// The keys of its map of options. Slices of slices, so that options which several primitives
    /// have are stated once.
    pub options: OptionGroups,
    /// What a call does to the world outside the recipe.
    pub effect: EffectRule,
}

/// One way to call a primitive: its parameters.
pub(super) type Form = &'static [Argument];

/// The options of a primitive, in groups.
pub(super) type OptionGroups = &'static [&'static [Opt]];

impl Primitive {
    /// The base for constants: takes no options, returns nothing and only works inside the run.
    pub(crate) const BASE: Self = Self {
        name: "",
        forms: &[],
        returns: Type::Nothing,
        keys: &[],
        docs: "",
        options: &[],
        effect: EffectRule::Always(Effect::None),
    };

    /// Every option.
    pub(crate) fn options(&self) -> impl Iterator<Item = &'static Opt> + Clone {
        self.options.iter().copied().flatten()
    }

    /// Every option with its name in the documentation, and after it the keys of one that takes a map.
    pub(crate) fn documented_options(
        &self,
    ) -> impl Iterator<Item = (String, &'static Opt)> + Clone {
        self.options().flat_map(|option| {
            let keys = option.shape.keys().iter();
            let keys = keys.map(|key| (format!("{}.{}", option.name, key.name), key));
            std::iter::once((option.name.to_owned(), option)).chain(keys)
        })
    }

    /// Each way to call it, as `name(param: type) -> type`.
    pub(crate) fn signatures(&self) -> impl Iterator<Item = String> {
        let returns = match self.returns {
            Type::Nothing => String::new(),
            value_type => format!(" -> {}", value_type.name()),
        };
        self.forms
            .iter()
            .map(move |form| format!("{}{returns}", self.call(form)))
    }

    /// The call of one form, as `name(param: type)`.
    pub(crate) fn call(&self, form: Form) -> String {
        let params = form
            .iter()
            .map(|param| format!("{}: {}", param.name, param.value_type.name()));
        let params: Vec<_> = params.collect();
        format!("{}({})", self.name, params.join(", "))
    }

    /// The first sentence of its documentation, on one line.
    pub(crate) fn summary(&self) -> String {
        let paragraph = self.docs.split("\n\n").next().unwrap_or_default();
        let line = paragraph.replace('\n', " ");
        match line.find(". ") {
            Some(end) => line[..=end].to_owned(),
            None => line,
        }
    }
}

/// A parameter of a form.
#[derive(Debug)]
pub(crate) struct Argument {
    /// Its name in the documentation.
    pub name: &'static str,
    pub value_type: Type,
    /// What the argument means beyond its type.
    pub meaning: Meaning,
}

impl Argument {
    /// The parameter `opts`, which takes the options of the primitive.
    pub(crate) const OPTIONS: Self = Self::new("opts", Type::Map, Meaning::Options);

    /// A parameter whose arguments are known by their type alone.
    pub(crate) const fn plain(name: &'static str, value_type: Type) -> Self {
        Self::new(name, value_type, Meaning::Value)
    }

    /// A parameter with any meaning.
    pub(crate) const fn new(name: &'static str, value_type: Type, meaning: Meaning) -> Self {
        Self {
            name,
            value_type,
            meaning,
        }
    }
}

/// What an argument means beyond its type, which decides how one that is written out is checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Meaning {
    /// Nothing more.
    Value,
    /// A map with the options of the primitive.
    Options,
    /// The words of a command line, the program first.
    CommandLine,
    /// The words after the program of a command line.
    Words,
    StepId,
    /// A time, as text or a number of seconds.
    Time,
    /// A path relative to the root of the repository, or an absolute one.
    Path,
    Url,
    /// The name of a variable; the next argument is its value.
    Variable,
    /// Variables by name.
    Variables,
}

/// A type of values, as the documentation calls it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Type {
    /// Any value.
    Any,
    Text,
    /// True or false.
    Bool,
    /// An integer of 64 bits.
    Int,
    /// A number with a fraction.
    Float,
    Array,
    Map,
    Closure,
    /// What `step` returns.
    Step,
    /// `()`.
    Nothing,
}

impl Type {
    /// The name that recipes' documentation has for it.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Any => "any",
            Self::Text => "string",
            Self::Bool => "bool",
            Self::Int => "int",
            Self::Float => "float",
            Self::Array => "array",
            Self::Map => "map",
            Self::Closure => "closure",
            Self::Step => "Step",
            Self::Nothing => "()",
        }
    }
}

/// A key of a map of options.
#[derive(Debug)]
pub(crate) struct Opt {
    /// The key in the map.
    pub name: &'static str,
    /// The values it takes.
    pub shape: Shape,
    /// Whether it must be given.
    pub required: bool,
    /// What it means.
    pub help: &'static str,
    /// The option that makes this one meaningless.
    pub not_with: Option<&'static str>,
}

impl Opt {
    /// An option that may be left out.
    pub(crate) const fn new(name: &'static str, shape: Shape, help: &'static str) -> Self {
        Self {
            name,
            shape,
            required: false,
            help,
            not_with: None,
        }
    }

    /// An option that must be given.
    pub(crate) const fn required(name: &'static str, shape: Shape, help: &'static str) -> Self {
        Self {
            required: true,
            ..Self::new(name, shape, help)
        }
    }

    /// The same option, which cannot be given together with `other`.
    pub(crate) const fn not_with(self, other: &'static str) -> Self {
        Self {
            not_with: Some(other),
            ..self
        }
    }
}

/// The values that an option takes.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Shape {
    /// Text, or what prints as text.
    Text,
    /// As `Text`, with a format of its own. The type is the one to write.
    Parsed(Type, fn(&str) -> Result<(), Failure>),
    /// True or false.
    Flag,
    /// A whole number from 1 up.
    Count,
    /// Seconds as a number, or text such as `"1h30m"`.
    Time,
    /// An array of words, or one word.
    Words,
    /// A map of texts.
    Pairs,
    /// What its primitive alone reads.
    Own {
        /// What the primitive says of a value.
        check: fn(&Dynamic) -> Result<(), Failure>,
        /// The keys that it takes, where the value is a map.
        keys: &'static [Opt],
    },
}

impl Shape {
    /// The keys of a value that is a map of options.
    pub(crate) const fn keys(self) -> &'static [Opt] {
        match self {
            Self::Own { keys, .. } => keys,
            _ => &[],
        }
    }

    /// The type to write.
    pub(crate) const fn value_type(self) -> Type {
        match self {
            Self::Text | Self::Time => Type::Text,
            Self::Parsed(value_type, _) => value_type,
            Self::Flag => Type::Bool,
            Self::Count => Type::Int,
            Self::Words => Type::Array,
            Self::Pairs => Type::Map,
            Self::Own { .. } => Type::Any,
        }
    }
}

/// What one call does to the world outside the recipe.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Effect {
    /// Nothing: it computes, or talks to the user.
    None,
    /// It reads, and a dry run does it too.
    Reads,
    /// It changes something, and a dry run only shows it.
    Changes,
    /// It changes something that cannot be made again, as data: a dry run only shows it.
    Destroys,
}

impl Effect {
    /// True if a dry run must not do it.
    pub(crate) const fn changes(self) -> bool {
        matches!(self, Self::Changes | Self::Destroys)
    }

    /// How the documentation says it.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Reads => "reads",
            Self::Changes => "changes",
            Self::Destroys => "destroys",
        }
    }
}

/// How the effect of a call is known.
#[derive(Debug)]
pub(crate) enum EffectRule {
    /// Each call has this effect.
    Always(Effect),
    /// The words of the command decide.
    ByWords {
        /// The effect of the command with these words; the primitive asks the same function.
        effect: fn(&[String]) -> Effect,
        /// Commands that show the rule, in the documentation.
        examples: &'static [&'static [&'static str]],
    },
}

impl EffectRule {
    /// Each example of a rule by words, with its effect.
    pub(crate) fn examples(&self) -> Vec<(String, Effect)> {
        let Self::ByWords { effect, examples } = self else {
            return Vec::new();
        };
        let examples = examples.iter().map(|words| {
            let owned: Vec<_> = words.iter().map(|word| (*word).to_owned()).collect();
            (owned.join(" "), effect(&owned))
        });
        examples.collect()
    }

    /// The rule in a line of documentation; `None` where there is no effect.
    pub(crate) fn text(&self) -> Option<String> {
        match self {
            Self::Always(Effect::None) => None,
            Self::Always(effect) => Some(format!("Effect: {}.", effect.name())),
            Self::ByWords { .. } => {
                let examples = self.examples();
                let parts = examples.chunk_by(|(_, one), (_, next)| one == next);
                let parts = parts.map(|alike| {
                    let words = alike.iter().map(|(words, _)| format!("`{words}`"));
                    let words: Vec<_> = words.collect();
                    format!("{} with {}", alike[0].1.name(), words.join(", "))
                });
                let parts: Vec<_> = parts.collect();
                Some(format!("Effect: {}.", parts.join("; ")))
            }
        }
    }
}

#[cfg(test)]
mod tests;
