//! AWS on this machine: moto, and a stand-in for what moto cannot do.

use super::{Repo, skipped};
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;

/// A server that ends with this test program, at the latest.
pub(crate) struct Aws {
    url: String,
    /// It ends when its standard input does.
    child: Child,
}

impl Aws {
    /// moto, which does what S3 does; `None`, and said so, where it is not installed.
    pub(crate) fn moto() -> Option<&'static Self> {
        static MOTO: OnceLock<Option<Aws>> = OnceLock::new();
        let found = MOTO.get_or_init(|| {
            let tools = root().join("target/test-tools/moto");
            let installed = tools.join("moto").is_dir();
            installed.then(|| Self::start("moto_server.py", &tools))
        });
        if found.is_none() {
            skipped("moto (scripts/test installs it)");
        }
        found.as_ref()
    }

    /// The stand-in, one for each test that asks.
    pub(crate) fn stand_in() -> Self {
        Self::start("aws.py", Path::new(""))
    }

    fn start(script: &str, packages: &Path) -> Self {
        let mut child = Command::new("python3")
            .arg(root().join("tests/stand-ins").join(script))
            .env("PYTHONPATH", packages)
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut port = String::new();
        BufReader::new(child.stdout.take().unwrap())
            .read_line(&mut port)
            .unwrap();
        Self {
            url: format!("http://127.0.0.1:{}", port.trim()),
            child,
        }
    }

    /// An empty folder, and credentials for this server.
    pub(crate) fn repo(&self) -> Repo {
        Repo::new()
            .with("AWS_ENDPOINT_URL", self.url())
            .with("AWS_ACCESS_KEY_ID", "test")
            .with("AWS_SECRET_ACCESS_KEY", "secret-of-the-test")
            .with("AWS_EC2_METADATA_DISABLED", "true")
    }

    /// Where it listens.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// Sends a request as it is; gives the status, the `content-type` and the body.
    pub(crate) fn request(&self, method: &str, path: &str) -> (u16, String, Vec<u8>) {
        let request = ureq::http::Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.url))
            // moto wants to see that somebody has signed, and looks no closer.
            .header(
                "authorization",
                "AWS4-HMAC-SHA256 Credential=test/20261101/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=0",
            )
            .body(())
            .unwrap();
        let agent: ureq::Agent = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .build()
            .into();
        let mut answer = agent.run(request).unwrap();
        let kind = answer
            .headers()
            .get("content-type")
            .and_then(|kind| kind.to_str().ok())
            .unwrap_or_default()
            .to_owned();
        let body = answer.body_mut().with_config().limit(1 << 30).read_to_vec();
        (answer.status().as_u16(), kind, body.unwrap())
    }

    /// What is in an object, if there is one.
    pub(crate) fn object(&self, bucket: &str, key: &str) -> Option<Vec<u8>> {
        let (status, _, body) = self.request("GET", &format!("/{bucket}/{key}"));
        (status == 200).then_some(body)
    }

    /// The requests that the stand-in got, such as `PUT /bucket/key?x-id=PutObject`.
    pub(crate) fn log(&self) -> Vec<String> {
        let (_, _, body) = self.request("GET", "/_log");
        let text = String::from_utf8(body).unwrap();
        text.lines().map(str::to_owned).collect()
    }
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

impl Drop for Aws {
    fn drop(&mut self) {
        let _ended_meanwhile = self.child.kill();
        let _gone = self.child.wait();
    }
}
