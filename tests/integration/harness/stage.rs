//! The whole stack as it is shipped, on a real engine. What the images hold is stood in for by
//! tests/stand-ins/stack: each refuses to start before what it needs.

use super::stack::{resolved, services, shipped_file, shipped_text};
use super::{Docker, Repo, docker, free_port, lock, succeeds};
use std::fmt::Write;
use std::fs;

/// Programs that health checks and commands name, all of them the stand-in.
const STAND_IN_PROGRAMS: [&str; 9] = [
    "bash",
    "copilot-agent",
    "curl",
    "elasticsearch-request",
    "frontend-request",
    "loki",
    "nc",
    "pg_isready",
    "temporal-elasticsearch-tool",
];

/// The image, under a name of this test's own: the real ones may be on this machine.
pub(crate) struct Image(String);

impl Image {
    fn build(docker_project: &str) -> Self {
        let folder = tempfile::TempDir::new().unwrap();
        let path = folder.path();
        for page in ["index.html", "metrics", "-/ready", "api/health"] {
            let page = path.join("www").join(page);
            fs::create_dir_all(page.parent().unwrap()).unwrap();
            fs::write(page, "up\n").unwrap();
        }
        fs::copy(
            shipped_file("tests/stand-ins/stack/stand-in"),
            path.join("stand-in"),
        )
        .unwrap();
        let links = STAND_IN_PROGRAMS
            .map(|name| format!("rm -f /bin/{name} && ln -s stand-in /bin/{name}"));
        let links = links.join(" && ");
        let dockerfile = format!(
            "FROM {}\nCOPY www /www\nCOPY stand-in /bin/stand-in\n\
             RUN mkdir -p /usr/bin && {links} && ln -s /bin/stand-in /usr/bin/loki\n",
            Docker::IMAGE
        );
        fs::write(path.join("Dockerfile"), dockerfile).unwrap();
        let tag = format!("copilot-test-stand-in:{docker_project}");
        let _alone = lock::IMAGES.take();
        docker(&["build", "--tag", &tag, &path.to_string_lossy()]);
        Self(tag)
    }
}

impl Drop for Image {
    fn drop(&mut self) {
        let _alone = lock::IMAGES.take();
        succeeds(&["image", "rm", "--force", &self.0]);
    }
}

/// A repository with the shipped recipes, Compose files and configuration, and credentials in its home.
pub(crate) fn shipped_stack() -> Repo {
    let repo = Repo::new().shipped_recipes();
    for folder in ["dev", "dev/config", "dev/dynamicconfig"] {
        for entry in fs::read_dir(shipped_file(folder)).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            if path.is_file() && name != ".env" {
                repo.write(&format!("{folder}/{name}"), fs::read(&path).unwrap());
            }
        }
    }
    repo.write("../home/.aws/credentials", "[default]\n");
    repo.write("grafana/server/server.json", "{}\n");
    repo
}

/// The shipped stack with stand-ins for its images, in a repository and a project of its own. Fields go in
/// this order.
pub(crate) struct Stage {
    pub(crate) repo: Repo,
    pub(crate) docker: Docker,
    _image: Image,
}

impl Stage {
    /// The shipped stack, of the files named, with `more` lines of Compose on top.
    pub(crate) fn set(files: &[&str], more: &str) -> Option<Self> {
        let docker = Docker::new()?;
        let image = Image::build(docker.project());
        let repo = shipped_stack();
        repo.write("dev/stand-ins.yml", stand_ins(files, &image.0)?);
        repo.write("dev/more.yml", more);
        let stage = Self {
            repo,
            docker,
            _image: image,
        };
        stage.configure(files);
        Some(stage)
    }

    /// Writes `dev/.env` of the example's values, with ports that are free.
    pub(crate) fn configure(&self, files: &[&str]) {
        let mut text = String::new();
        for line in shipped_text("dev/.env.example").lines() {
            match line.split_once('=') {
                Some((name, _)) if name.ends_with("_PORT") && !name.starts_with('#') => {
                    writeln!(text, "{name}={}", free_port()).unwrap();
                }
                _ => writeln!(text, "{line}").unwrap(),
            }
        }
        let folder = self.repo.path().join("dev");
        let files: Vec<_> = files
            .iter()
            .chain(&["stand-ins.yml", "more.yml"])
            .map(|file| folder.join(file).display().to_string())
            .collect();
        let platform = docker(&["version", "--format", "{{.Server.Os}}/{{.Server.Arch}}"]);
        for (name, value) in [
            ("TEMPORAL_SQL_HOST", "one.dsql.eu-west-1.on.aws"),
            ("COPILOT_DSQL_ENDPOINT", "two.dsql.eu-west-1.on.aws"),
            ("COPILOT_PLATFORM", &platform),
            ("COMPOSE_PROJECT_NAME", self.docker.project()),
            ("COMPOSE_FILE", &files.join(":")),
        ] {
            writeln!(text, "{name}={value}").unwrap();
        }
        self.repo.write("dev/.env", text);
    }

    /// When the container of a service started or finished, as the engine says it: sorts as text.
    pub(crate) fn when(&self, service: &str, what: &str) -> String {
        let container = format!("{}-{service}-1", self.docker.project());
        docker(&[
            "inspect",
            "--format",
            &format!("{{{{.State.{what}}}}}"),
            &container,
        ])
    }
}

/// A Compose file that puts the stand-in in the place of every image, and asks more often.
fn stand_ins(files: &[&str], image: &str) -> Option<String> {
    let project = resolved(files, &[])?;
    let mut text = "services:\n".to_owned();
    for (name, service) in services(&project) {
        let entrypoint = match name {
            "elasticsearch" => "[stand-in, elasticsearch]",
            "dsql-monitored" | "dsql-copilot" => "[stand-in, emulator]",
            "loki" => "[/usr/bin/loki]",
            "mimir" => "[stand-in, http, '9009']",
            "alloy" => "[stand-in, http, '12345']",
            "grafana" => "[stand-in, http, '3000']",
            "temporal-ui" | "copilot-ui" => "[stand-in, http, '8080']",
            _ if service["environment"].get("TEMPORAL_SERVICES").is_some() => {
                "[stand-in, temporal]"
            }
            // What the Compose file says.
            _ => "",
        };
        writeln!(
            text,
            "  {name}:\n    image: {image}\n    pull_policy: never"
        )
        .unwrap();
        if !entrypoint.is_empty() {
            writeln!(text, "    entrypoint: {entrypoint}").unwrap();
        }
        if !service["healthcheck"].is_null() {
            writeln!(text, "    healthcheck: {{ interval: 1s }}").unwrap();
        }
    }
    Some(text)
}
