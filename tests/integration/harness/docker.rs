//! A real Docker engine, and Compose projects of one test each.

use super::{Repo, lock, skipped};
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};

/// The engine, with a Compose project that no other test has. What belongs to the project is
/// removed at the end.
pub(crate) struct Docker {
    project: String,
}

impl Docker {
    /// An image with a shell and the usual small programs.
    pub(crate) const IMAGE: &str = "copilot-test:busybox";

    /// The engine; `None`, and said, if it or Compose is not here.
    #[track_caller]
    pub(crate) fn new() -> Option<Self> {
        static INSTANCE_COUNT: AtomicU32 = AtomicU32::new(0);
        if !succeeds(&["version"]) {
            skipped("a Docker engine");
            return None;
        }
        if !has_compose() {
            return None;
        }
        if !image() {
            skipped("a static busybox (busybox-static)");
            return None;
        }
        let number = INSTANCE_COUNT.fetch_add(1, Ordering::Relaxed);
        let project = format!("copilot-test-{}-{number}", std::process::id());
        Some(Self { project })
    }

    /// The name of the project.
    pub(crate) fn project(&self) -> &str {
        &self.project
    }

    /// A repository whose Compose project is this one, with these services: lines under
    /// `services:`, and more top-level keys if they stand at the left.
    pub(crate) fn repo(&self, services: &str) -> Repo {
        let repo = Repo::new();
        self.services(&repo, services);
        repo
    }

    /// Writes the Compose file anew.
    pub(crate) fn services(&self, repo: &Repo, services: &str) {
        let text = super::unindent(services).replace("IMAGE", Self::IMAGE);
        let text = format!("name: {}\n{text}", self.project);
        repo.write("dev/docker-compose.yml", text);
    }

    /// The containers of the project that run, by the names of their services, sorted.
    pub(crate) fn running(&self) -> Vec<String> {
        let label = format!("label=com.docker.compose.project={}", self.project);
        let format = r#"{{.Label "com.docker.compose.service"}}"#;
        let out = docker(&["ps", "--filter", &label, "--format", format]);
        let mut names: Vec<_> = out.lines().map(str::to_owned).collect();
        names.sort();
        names
    }

    /// The ids of all of a kind (`ps -a`, `network ls`, `volume ls`) that belong to the project.
    pub(crate) fn ids(&self, kind: &str) -> Vec<String> {
        let label = format!("label=com.docker.compose.project={}", self.project);
        let mut args: Vec<_> = kind.split(' ').collect();
        args.extend(["--quiet", "--filter", &label]);
        docker(&args).lines().map(str::to_owned).collect()
    }
}

impl Drop for Docker {
    fn drop(&mut self) {
        let kinds = [
            ("ps -a", vec!["rm", "--force", "--volumes"]),
            ("network ls", vec!["network", "rm"]),
            ("volume ls", vec!["volume", "rm", "--force"]),
        ];
        for (kind, mut remove) in kinds {
            let ids = self.ids(kind);
            if !ids.is_empty() {
                remove.extend(ids.iter().map(String::as_str));
                succeeds(&remove);
            }
        }
    }
}

/// What `docker` prints.
#[track_caller]
pub(crate) fn docker(args: &[&str]) -> String {
    let output = Command::new("docker").args(args).output().unwrap();
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "docker {args:?}: {error}");
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

/// True if `docker` is there and ends with 0.
pub(crate) fn succeeds(args: &[&str]) -> bool {
    Command::new("docker")
        .args(args)
        .output()
        .is_ok_and(|output| output.status.success())
}

/// True if Compose 2 or later is here; said if it is not.
#[track_caller]
pub(crate) fn has_compose() -> bool {
    let there = succeeds(&["compose", "version"]);
    if !there {
        skipped("Docker Compose 2 or later");
    }
    there
}

/// Builds the image if it is not there; false if there is nothing to build it from.
fn image() -> bool {
    let there = || succeeds(&["image", "inspect", Docker::IMAGE]);
    if there() {
        return true;
    }
    let _alone = lock::IMAGES.take();
    let Some(busybox) = find("busybox") else {
        return there();
    };
    let folder = tempfile::TempDir::new().unwrap();
    fs::copy(busybox, folder.path().join("busybox")).unwrap();
    let dockerfile = "FROM scratch\nCOPY busybox /bin/busybox\n\
        RUN [\"/bin/busybox\", \"--install\", \"-s\", \"/bin\"]\nCMD [\"/bin/sh\"]\n";
    fs::write(folder.path().join("Dockerfile"), dockerfile).unwrap();
    let path = folder.path().to_string_lossy();
    there() || succeeds(&["build", "--tag", Docker::IMAGE, &path])
}

/// The path of a program on `PATH`.
pub(crate) fn find(program: &str) -> Option<PathBuf> {
    std::env::split_paths(&std::env::var_os("PATH")?)
        .map(|folder| folder.join(program))
        .find(|file| file.is_file())
}

/// A folder for PATH with nothing in it but these programs, each under the name given.
pub(crate) fn path_of(repo: &Repo, programs: &[(&str, &Path)]) -> PathBuf {
    let folder = repo.path().join("../bin");
    fs::create_dir_all(&folder).unwrap();
    for (name, program) in programs {
        symlink(program, folder.join(name)).unwrap();
    }
    folder.canonicalize().unwrap()
}

/// Where the Compose plugin is.
pub(crate) fn compose_plugin() -> Option<PathBuf> {
    let format = r#"{{range .ClientInfo.Plugins}}{{if eq .Name "compose"}}{{.Path}}{{end}}{{end}}"#;
    let path = docker(&["info", "--format", format]);
    (!path.is_empty()).then(|| PathBuf::from(path))
}

/// An image of the machine's owner, which is away under another name until this is dropped: without
/// one, removing its only name would delete it.
pub(crate) struct Away {
    tag: &'static str,
    kept: Option<String>,
}

impl Away {
    /// Takes the image `tag` away if there is one.
    pub(crate) fn take(tag: &'static str) -> Self {
        let kept = succeeds(&["image", "inspect", tag]).then(|| {
            let (name, _) = tag.split_once(':').unwrap();
            let kept = format!("copilot-test-kept/{name}:{}", std::process::id());
            docker(&["tag", tag, &kept]);
            kept
        });
        let away = Self { tag, kept };
        away.remove();
        away
    }

    fn remove(&self) {
        succeeds(&["image", "rm", "--force", self.tag]);
    }
}

impl Drop for Away {
    fn drop(&mut self) {
        self.remove();
        if let Some(kept) = &self.kept {
            succeeds(&["tag", kept, self.tag]);
            succeeds(&["image", "rm", kept]);
        }
    }
}
