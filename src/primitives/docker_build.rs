//! `docker_build`: images from a Dockerfile.

use super::api::{Api, Call, Thrown};
use super::docker::{PLATFORM, docker};
use super::invoke::{PROGRAM_OPTIONS, code};
use super::options::Opts;
use super::secret::{is_secret, without_password};
use super::spec::{Argument, Effect, EffectRule, Opt, Primitive, Shape, Type};
use crate::fault::{Failure, Kind};
use rhai::{Dynamic, Map, NativeCallContext};
use std::ffi::OsString;
use std::path::PathBuf;

pub(super) const DOCKER_BUILD: Primitive = Primitive {
    name: "docker_build",
    forms: &[&[Argument::OPTIONS]],
    returns: Type::Int,
    docs: "Builds an image. Returns the exit code.\n\
        \n\
        Paths are relative to the repository, and checked first. A dry run prints the command.",
    options: &[
        &[
            Opt::required("tag", Shape::Text, "the name of the image."),
            Opt::new(
                "context",
                Shape::Text,
                "the build context; the repository by default.",
            ),
            Opt::new(
                "file",
                Shape::Text,
                "the Dockerfile; the one in the context by default.",
            ),
            Opt::new("target", Shape::Text, "the stage to build."),
            Opt::new(
                "args",
                Shape::Pairs,
                "build arguments. Their values do not appear in arguments.",
            ),
            Opt::new(
                "secrets",
                Shape::Pairs,
                "values for `RUN --mount=type=secret,id=…`, by id; the image does not contain them.",
            ),
            PLATFORM,
            Opt::new("no_cache", Shape::Flag, "true to build every layer again."),
        ],
        PROGRAM_OPTIONS,
        &[Opt::new(
            "reads",
            Shape::Flag,
            "true so that a dry run builds it too.",
        )],
    ],
    effect: EffectRule::Always(Effect::Changes),
    ..Primitive::BASE
};

fn docker_build(call: Call<'_>, map: Map) -> Thrown<Dynamic> {
    let mut opts = Opts::new(&DOCKER_BUILD, map);
    let mut values = Vec::new();
    let args = call.check(build_args(call, &mut opts, &mut values))?;
    let mut invocation = docker(call, args, Effect::Changes);
    invocation.command.shown = Some(with_values(&invocation.command.argv, &values));
    invocation.command.env.extend(values);
    call.check(
        invocation
            .options(call, &mut opts)
            .and_then(|()| opts.end()),
    )?;
    Ok(code(invocation.stream(call)?, "docker build"))
}

/// `argv` with the values of build arguments, as a person would type it; secret values are left out.
fn with_values(argv: &[String], values: &[(OsString, OsString)]) -> Vec<String> {
    let mut shown = argv.to_vec();
    for index in 1..shown.len() {
        let key = &shown[index];
        let value = values.iter().find(|(name, _)| name == key.as_str());
        if let (true, Some((_, value))) = (shown[index - 1] == "--build-arg", value)
            && !is_secret(key)
        {
            let value = without_password(&value.to_string_lossy());
            shown[index] = format!("{key}={value}");
        }
    }
    shown
}

/// `values` of arguments and secrets are passed to Docker in its environment, since any user can read its
/// arguments.
fn build_args(
    call: Call<'_>,
    opts: &mut Opts<'_>,
    values: &mut Vec<(OsString, OsString)>,
) -> Result<Vec<String>, Failure> {
    let tag = opts.required("tag")?;
    let context = opts.text("context")?.unwrap_or_else(|| ".".to_owned());
    let file = opts.text("file")?;
    let folder = call.run.path(&context);
    if !folder.is_dir() {
        let folder = call.run.outside.shown(&folder.to_string_lossy());
        let message = format!("the build context {folder} is not a directory");
        return Err(Failure::new(Kind::File, message));
    }
    let dockerfile = match &file {
        Some(file) => call.run.path(file),
        None => folder.join("Dockerfile"),
    };
    let dockerfile: PathBuf = dockerfile.components().collect();
    if !dockerfile.is_file() {
        let dockerfile = call.run.outside.shown(&dockerfile.to_string_lossy());
        let message = format!("{dockerfile} does not exist");
        return Err(Failure::new(Kind::File, message));
    }
    let mut args = vec!["build".to_owned(), "--tag".to_owned(), tag];
    if let Some(file) = file {
        args.extend(["--file".to_owned(), file]);
    }
    if let Some(target) = opts.text("target")? {
        args.extend(["--target".to_owned(), target]);
    }
    for (key, value) in opts.pairs("args")? {
        // A variable that the Docker CLI reads itself must stay as it is.
        if key.starts_with("DOCKER_") || ["PATH", "HOME", "TMPDIR"].contains(&key.as_str()) {
            args.extend(["--build-arg".to_owned(), format!("{key}={value}")]);
        } else {
            args.extend(["--build-arg".to_owned(), key.clone()]);
            values.push((key.into(), value.into()));
        }
    }
    for (number, (id, value)) in opts.pairs("secrets")?.into_iter().enumerate() {
        let variable = format!("COPILOT_BUILD_SECRET_{number}");
        args.extend(["--secret".to_owned(), format!("id={id},env={variable}")]);
        values.push((variable.into(), value.into()));
    }
    if let Some(platform) = opts.text("platform")? {
        args.extend(["--platform".to_owned(), platform]);
    }
    if opts.flag("no_cache")? {
        args.push("--no-cache".to_owned());
    }
    args.push(context);
    Ok(args)
}

/// Registers `docker_build`.
pub(super) fn register(api: &mut Api<'_>) {
    api.add(&DOCKER_BUILD, |run| {
        move |ctx: NativeCallContext<'_>, opts: Map| docker_build(Call::new(&run, &ctx), opts)
    });
}
