//! What `check` knows of the values of options that are written out: it asks what reads them.

use super::args::Opts;
use super::options::{Shape, shape};
use super::{dsql, files, steps};
use crate::fault::Failure;
use rhai::{Dynamic, Map};

/// What `primitive` itself would say of the option `key` with this value.
pub fn check_option(primitive: &str, key: &str, value: &Dynamic) -> Result<(), Failure> {
    let mut opts = Opts::new(primitive, Map::from([(key.into(), value.clone())]));
    match shape(key) {
        Shape::Text => {
            let Some(text) = opts.text(key)? else {
                return Ok(());
            };
            match (primitive, key) {
                ("psql_dsql", "port") => dsql::port_number(&text).map(drop),
                ("psql_dsql", "sslmode") => dsql::ssl_mode(&text).map(drop),
                ("write_file", "mode") => files::octal(&text).map(drop),
                _ => Ok(()),
            }
        }
        Shape::Flag => opts.maybe_flag(key).map(drop),
        Shape::Count => opts.count(key).map(drop),
        Shape::Time => opts.duration(key).map(drop),
        Shape::Words => opts.words(key).map(drop),
        Shape::Pairs => opts.pairs(key).map(drop),
        Shape::Own => match key {
            "when" => steps::when(&mut opts).map(drop),
            "retry" => opts
                .take(key)
                .map_or(Ok(()), |value| steps::retry_option(&value).map(drop)),
            _ => Ok(()),
        },
    }
}
