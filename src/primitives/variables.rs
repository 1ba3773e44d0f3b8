//! The variables of a run, as Docker Compose sees them: those of the shell, then those of the
//! `.env` files of the project.

use super::api::Call;
use super::project::{Project, is_remote, named_files};
use crate::dotenv::{self, Document, Environment};
use crate::fault::{Failure, Kind, Unknown, lock};
use crate::run::{Outside, PlannedEnv as Changes, Run, frame, is_stopped};
use crate::screen::{self, Stream};
use std::cell::Cell;
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::MutexGuard;
use std::time::{Duration, Instant};

/// The variable of the shell that lists other files to read than `.env`, separated by commas.
const ENV_FILES_VARIABLE: &str = "COMPOSE_ENV_FILES";

/// The variable of the shell that makes Compose ignore `.env`.
const DISABLE_VARIABLE: &str = "COMPOSE_DISABLE_ENV_FILE";

/// How long a named pipe may stay silent before the user is told what the run is waiting for.
const NOTICE_AFTER: Duration = Duration::from_secs(1);

/// The variables of a repository.
pub(crate) struct Variables {
    shell: Environment,
    /// Those of the files: the value, and the file as messages name it.
    of_files: BTreeMap<String, (String, String)>,
}

impl Variables {
    /// Reads the variables of the repository at `root`.
    pub(crate) fn read(root: &Path, outside: &Outside) -> Result<Self, Failure> {
        Reader {
            root,
            outside,
            run: None,
        }
        .read()
    }

    /// The variables of a run; in a dry run, as it would have changed them by now.
    pub(super) fn of_run(run: &Run) -> Result<Self, Failure> {
        Reader::of_run(run).read()
    }

    /// The value that Compose sees, which can be empty.
    pub(super) fn raw(&self, key: &str) -> Option<String> {
        let of_files = || self.of_files.get(key).map(|(value, _)| value.clone());
        self.shell.variable(key).or_else(of_files)
    }

    /// The value; an empty variable counts as not set.
    pub(crate) fn get(&self, key: &str) -> Option<String> {
        self.raw(key).filter(|value| !value.is_empty())
    }

    /// Where the value of [`Variables::get`] comes from: "environment" or the path of a file.
    pub(super) fn source(&self, key: &str) -> Option<&str> {
        self.get(key)?;
        match self.shell.variable(key) {
            Some(_) => Some("environment"),
            None => self.of_files.get(key).map(|(_, file)| file.as_str()),
        }
    }

    /// The variables that a child must get in addition to those of the shell, which it inherits. Those
    /// whose value only a real run knows are left out.
    pub(super) fn for_children(&self) -> Vec<(OsString, OsString)> {
        let of_files = self.of_files.iter();
        let added = of_files.filter(|(key, (value, _))| {
            self.shell.variable(key).is_none() && !value.contains('\0') && !Unknown::is_in(value)
        });
        added
            .map(|(key, (value, _))| (key.into(), value.into()))
            .collect()
    }
}

/// Reads variables.
struct Reader<'a> {
    root: &'a Path,
    outside: &'a Outside,
    /// The dry run whose planned changes count.
    run: Option<&'a Run>,
}

impl<'a> Reader<'a> {
    fn of_run(run: &'a Run) -> Self {
        let is_dry = run.options.dry_run || frame().dry_run;
        Self {
            root: &run.root,
            outside: &run.outside,
            run: is_dry.then_some(run),
        }
    }

    fn read(&self) -> Result<Variables, Failure> {
        let shell = shell(self.outside);
        let project = self.project();
        let mut variables = Variables {
            of_files: BTreeMap::new(),
            shell: shell.clone(),
        };
        if let Some(named) = named_env_files(&shell) {
            for file in named {
                let path = project.join(&file);
                let shown = path.to_string_lossy();
                let document = self.document(&shown, &variables.as_earlier())?;
                let document = document.ok_or_else(|| {
                    Failure::missing(
                        format!("{ENV_FILES_VARIABLE} names {shown}, which does not exist"),
                        format!("create it, or correct {ENV_FILES_VARIABLE}"),
                    )
                })?;
                variables.add(&document, &shown, true);
            }
            return Ok(variables);
        }
        if is_disabled(&shell)? {
            return Ok(variables);
        }
        let file = project.env_file();
        if let Some(document) = self.document(file, &shell)? {
            variables.add(&document, file, true);
        }
        if let Some(file) = self.file_beside_compose_file(project, &variables) {
            let seen = variables.clone_as_process();
            if let Some(document) = self.document(&file, &seen)? {
                variables.add(&document, &file, false);
            }
        }
        Ok(variables)
    }

    fn path(&self, path: impl AsRef<Path>) -> PathBuf {
        self.outside.path(self.root, path.as_ref())
    }

    fn project(&self) -> Project {
        Project::find(|path| self.path(path).exists())
    }

    /// The `.env` in the folder of the first file of `COMPOSE_FILE`, which Compose reads too.
    fn file_beside_compose_file(&self, project: Project, variables: &Variables) -> Option<String> {
        let files = named_files(|key| variables.raw(key));
        let first = files.first().filter(|file| !is_remote(file))?;
        let first = project.join(first);
        let beside = first.with_file_name(".env");
        let is_own = self.path(&beside) == self.path(project.env_file());
        (!is_own).then(|| beside.to_string_lossy().into_owned())
    }

    /// The file, or what a dry run would have made of it; `None` if it does not exist. Compose ignores a folder.
    fn document(
        &self,
        shown: &str,
        environment: &Environment,
    ) -> Result<Option<Document>, Failure> {
        let path = self.path(shown);
        let text = self.run.and_then(|run| planned_text(run, &path));
        let read = match text {
            Some(text) => Document::parse(&text, environment).map_err(|error| error.in_file(&path)),
            None if path.is_dir() => return Ok(None),
            None => {
                let started = Instant::now();
                let is_announced = Cell::new(false);
                dotenv::read(&path, environment, || {
                    if started.elapsed() >= NOTICE_AFTER && !is_announced.replace(true) {
                        let line =
                            format!("waiting for a program to write {shown}, a named pipe\n");
                        screen::put(Stream::Stderr, line.as_bytes());
                    }
                    !is_stopped()
                })
            }
        };
        let mut document = match read {
            Ok(document) => Some(document),
            Err(dotenv::Error::Missing { .. }) => None,
            Err(error) => return Err(failure(&error)),
        };
        if let Some(run) = self.run
            && path == env_path(run)
        {
            let changes = planned(run);
            if !changes.is_empty() {
                let document = document.get_or_insert_with(|| Document::empty(environment));
                apply(document, &changes).map_err(|error| failure(&error))?;
            }
        }
        Ok(document)
    }
}

impl Variables {
    /// Adds the variables of a file, which replace those of files before it if `replaces` is true.
    fn add(&mut self, document: &Document, file: &str, replaces: bool) {
        for key in document.keys() {
            let value = document.get(key).unwrap_or_default();
            if replaces || !self.of_files.contains_key(key) {
                let value = (value, file.to_owned());
                self.of_files.insert(key.to_owned(), value);
            }
        }
    }

    /// For the next of several files: its own lines replace these values.
    fn as_earlier(&self) -> Environment {
        let of_files = self.of_files.iter();
        let values = of_files.map(|(key, (value, _))| (key.clone(), value.clone()));
        self.shell.after(values.collect())
    }

    /// For a file whose lines do not replace these values.
    fn clone_as_process(&self) -> Environment {
        let (shell, of_files) = (self.shell.clone(), self.of_files.clone());
        Environment::new(move |key| {
            let of_files = || of_files.get(key).map(|(value, _)| value.clone());
            shell.variable(key).or_else(of_files)
        })
    }
}

/// The variables of the shell that started the host.
pub(super) fn shell(outside: &Outside) -> Environment {
    let outside = outside.clone();
    Environment::new(move |name| {
        let value = outside.variable(name)?;
        Some(value.to_string_lossy().into_owned())
    })
}

/// The files that `COMPOSE_ENV_FILES` names instead of `.env`.
pub(super) fn named_env_files(shell: &Environment) -> Option<Vec<String>> {
    let named = shell.variable(ENV_FILES_VARIABLE)?;
    let files: Vec<_> = named.split(',').filter(|file| !file.is_empty()).collect();
    (!files.is_empty()).then(|| files.into_iter().map(str::to_owned).collect())
}

/// True if `COMPOSE_DISABLE_ENV_FILE` says that `.env` is not read.
pub(super) fn is_disabled(shell: &Environment) -> Result<bool, Failure> {
    match shell.variable(DISABLE_VARIABLE).as_deref() {
        None | Some("0" | "f" | "F" | "false" | "False" | "FALSE") => Ok(false),
        Some("1" | "t" | "T" | "true" | "True" | "TRUE") => Ok(true),
        Some(value) => Err(Failure::new(
            Kind::Usage,
            format!("{DISABLE_VARIABLE} is {value:?}, which is not true or false"),
        )),
    }
}

/// Why `.env` of the project is not among the files that are read, if it is not.
pub(super) fn not_read_because(run: &Run) -> Result<Option<&'static str>, Failure> {
    let shell = shell(&run.outside);
    let is_own = |file: &String| run.path(project(run).join(file)) == env_path(run);
    match named_env_files(&shell) {
        Some(named) if named.iter().any(is_own) => Ok(None),
        Some(_) => Ok(Some(ENV_FILES_VARIABLE)),
        None => Ok(is_disabled(&shell)?.then_some(DISABLE_VARIABLE)),
    }
}

/// The project of a run.
pub(super) fn project(run: &Run) -> Project {
    Project::find(|path| run.path(path).exists())
}

/// The `.env` of the project, on disk.
pub(super) fn env_path(run: &Run) -> PathBuf {
    run.path(project(run).env_file())
}

/// The value of a variable; an empty one counts as not set.
pub(super) fn lookup(call: Call<'_>, key: &str) -> Result<Option<String>, Failure> {
    Ok(Variables::of_run(call.run)?.get(key))
}

/// The `.env` of the project; in a dry run, as the run would have changed it by now.
pub(super) fn as_planned(run: &Run) -> Result<Document, Failure> {
    let environment = shell(&run.outside);
    let document = Reader::of_run(run).document(project(run).env_file(), &environment)?;
    Ok(document.unwrap_or_else(|| Document::empty(&environment)))
}

/// The whole file as a dry run would have written it, if it knows all of it.
pub(super) fn planned_text(run: &Run, path: &Path) -> Option<String> {
    let text = lock(&run.planned_files).get(path).cloned();
    text.filter(|text| !Unknown::is_in(text))
}

/// Must be called for each file that a dry run would write: if it is the `.env` of the project, changes
/// planned before are replaced too.
pub(super) fn forget_planned_changes_to(run: &Run, file: &Path) {
    if file == env_path(run) {
        planned(run).clear();
    }
}

/// The changes that a dry run would have made.
pub(super) fn planned(run: &Run) -> MutexGuard<'_, Changes> {
    lock(&run.planned_env)
}

/// Makes `changes`; true if the document has changed.
pub(super) fn apply(document: &mut Document, changes: &Changes) -> Result<bool, dotenv::Error> {
    let mut changed = false;
    for (key, value) in changes {
        changed |= match value {
            Some(value) => document.set(key, value)?,
            None => document.unset(key),
        };
    }
    Ok(changed)
}

/// The failure of a call that reads or writes a `.env` file.
pub(super) fn failure(error: &dotenv::Error) -> Failure {
    let kind = match error {
        dotenv::Error::Missing { .. } | dotenv::Error::Unreadable { .. } => Kind::Missing,
        dotenv::Error::Malformed { .. } => Kind::Env,
        dotenv::Error::BadKey { .. } => Kind::Recipe,
        _ => Kind::File,
    };
    Failure {
        hint: error.hint(),
        ..Failure::new(kind, error.to_string())
    }
}
