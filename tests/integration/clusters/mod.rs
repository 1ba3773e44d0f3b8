//! Two clusters and an engine for the recipe `schema/setup`: a real Docker engine, Compose and PostgreSQL over
//! TLS. Stand-ins for what no registry has are in tests/stand-ins: DSQL's dialect, the Temporal tool, and a
//! file server for Elasticsearch.

use crate::harness::lock::{Held, IMAGES};
use crate::harness::postgres::{Certificate, Postgres};
use crate::harness::{Away, Docker, Repo, docker, find, free_port, skipped};
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

const RUNTIME_IMAGE: &str = "temporal-dsql-runtime:test";

const SERVICES: &str = "
    services:
      elasticsearch:
        image: IMAGE
        init: true
        command: httpd -f -p 9200 -h /indices
        ports: [\"127.0.0.1:${ELASTICSEARCH_PORT}:9200\"]
        volumes: [\"indices:/indices\"]
        healthcheck: { test: [\"CMD\", \"test\", \"-d\", \"/indices\"], interval: 200ms, retries: 100 }
      elasticsearch-setup:
        image: IMAGE
        command: sh -c 'touch /indices/$$ES_VISIBILITY_INDEX'
        volumes: [\"indices:/indices\"]
        depends_on: { elasticsearch: { condition: service_healthy } }
      temporal-frontend:
        image: IMAGE
        command: sleep 3600
    volumes: { indices: {} }
";

fn stand_in(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/stand-ins")
        .join(name)
}

/// What speaks DSQL in front of a PostgreSQL.
pub(crate) struct Dsql {
    child: Child,
    pub(crate) port: u16,
}

impl Dsql {
    fn before(server: &Postgres) -> Self {
        let socket = server.socket.join(format!(".s.PGSQL.{}", server.port));
        let mut child = Command::new("python3")
            .arg(stand_in("dsql.py"))
            .arg(socket)
            .arg(server.socket.join("server.pem"))
            .arg(server.socket.join("server.key"))
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        let mut said = BufReader::new(child.stdout.take().unwrap());
        said.read_line(&mut line).unwrap();
        let port = line.trim().parse().unwrap();
        Self { child, port }
    }
}

impl Drop for Dsql {
    fn drop(&mut self) {
        let _ended_meanwhile = self.child.kill();
        let _gone = self.child.wait();
    }
}

/// The runtime image, with the stand-in for the tool, for this test alone.
pub(crate) struct Image {
    _away: Away,
    _alone: Held,
}

impl Image {
    /// No image of the name.
    pub(crate) fn none() -> Self {
        let alone = IMAGES.take();
        Self {
            _away: Away::take(RUNTIME_IMAGE),
            _alone: alone,
        }
    }

    pub(crate) fn build() -> Self {
        let image = Self::none();
        let folder = tempfile::TempDir::new().unwrap();
        // psql and its libraries, where they are on this machine.
        let script = "set -e; psql=$(readlink -f \"$(ls /usr/lib/postgresql/*/bin/psql | tail -n 1)\"); \
            mkdir -p \"$1/bin\"; cp \"$psql\" \"$1/bin/psql\"; \
            ldd \"$psql\" | grep -o '/[^ ]*' | while read -r file; do mkdir -p \"$1$(dirname \"$file\")\"; cp -L \"$file\" \"$1$file\"; done";
        let root = folder.path().join("root");
        let copied = Command::new("sh")
            .args(["-c", script, "sh"])
            .arg(&root)
            .status()
            .unwrap();
        assert!(copied.success());
        fs::copy(
            stand_in("temporal-dsql-tool"),
            root.join("bin/temporal-dsql-tool"),
        )
        .unwrap();
        let dockerfile = format!("FROM {}\nCOPY root /\n", Docker::IMAGE);
        fs::write(folder.path().join("Dockerfile"), dockerfile).unwrap();
        docker(&[
            "build",
            "--tag",
            RUNTIME_IMAGE,
            &folder.path().to_string_lossy(),
        ]);
        image
    }
}

/// All of it. Fields go in this order.
pub(crate) struct Stage {
    pub(crate) repo: Repo,
    pub(crate) docker: Docker,
    pub(crate) dsql: Dsql,
    pub(crate) server: Postgres,
}

impl Stage {
    pub(crate) fn set() -> Option<Self> {
        let docker = Docker::new()?;
        if find("python3").is_none() {
            skipped("python3");
            return None;
        }
        let server = Postgres::start(Certificate::Localhost)?;
        for name in ["monitored", "copilot"] {
            server.psql(&format!("CREATE DATABASE {name}"));
        }
        let dsql = Dsql::before(&server);
        let repo = docker
            .repo(SERVICES)
            .shipped_recipes()
            .with("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
            .with("AWS_SECRET_ACCESS_KEY", "not-to-be-shown");
        let schema = Path::new(env!("CARGO_MANIFEST_DIR")).join("dev/schema/copilot.sql");
        repo.write("dev/schema/copilot.sql", fs::read(schema).unwrap());
        let stage = Self {
            repo,
            docker,
            dsql,
            server,
        };
        for name in ["monitored", "copilot"] {
            stage.sql(name, "CREATE SCHEMA sys; CREATE TABLE sys.jobs (job_id text, status text, details text);");
        }
        stage.configure(stage.dsql.port);
        Some(stage)
    }

    /// Runs SQL on one of the clusters.
    pub(crate) fn sql(&self, database: &str, sql: &str) {
        let url = self.server.url(database);
        let done = Command::new("psql")
            .args(["-X", "-q", "-v", "ON_ERROR_STOP=1", "-c", sql, &url])
            .env("PGOPTIONS", "--client-min-messages=warning")
            .status();
        assert!(done.unwrap().success());
    }

    /// What a query gives, one value.
    pub(crate) fn answer(&self, database: &str, sql: &str) -> String {
        let output = Command::new("psql")
            .args(["-X", "-A", "-t", "-c", sql, &self.server.url(database)])
            .output()
            .unwrap();
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }

    /// `dev/.env`, where the Copilot's cluster is said to be at `copilot_port`.
    pub(crate) fn configure(&self, copilot_port: u16) {
        let before = self
            .repo
            .has("dev/.env")
            .then(|| self.repo.read("dev/.env"));
        let elasticsearch = before
            .as_deref()
            .and_then(|text| {
                text.lines()
                    .find_map(|line| line.strip_prefix("ELASTICSEARCH_PORT="))
            })
            .map_or_else(|| free_port().to_string(), str::to_owned);
        let port = self.dsql.port;
        self.repo.write(
            "dev/.env",
            format!(
                "AWS_REGION=eu-west-1\nTEMPORAL_SQL_HOST=localhost\nTEMPORAL_SQL_PORT={port}\n\
                 TEMPORAL_SQL_DATABASE=monitored\nCOPILOT_DSQL_ENDPOINT=localhost\n\
                 COPILOT_DSQL_PORT={copilot_port}\nCOPILOT_DSQL_DATABASE=copilot\nDSQL_SSLMODE=require\n\
                 SCHEMA_NETWORK=host\nELASTICSEARCH_PORT={elasticsearch}\n"
            ),
        );
    }
}

/// The lines of the report, without titles and times.
pub(crate) fn report(stderr: &str) -> Vec<String> {
    let report = stderr.split("\nschema setup: ").nth(1).expect(stderr);
    let rows = report
        .lines()
        .skip(1)
        .take_while(|line| line.starts_with("  "));
    rows.map(|row| row.split_whitespace().take(2).collect::<Vec<_>>().join(" "))
        .collect()
}
