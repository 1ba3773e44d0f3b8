//! One HTTP request: where it goes, whom it trusts, and where it is redirected.

use super::api::{Call, Thrown};
use super::secret::without_password;
use super::variables::Variables;
use crate::fault::Failure;
use crate::run;
use crate::run::End;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use percent_encoding::percent_decode_str;
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use ureq::http;
use ureq::tls::{Certificate, PemItem, RootCerts, TlsConfig, parse_pem};
use url::{Host, Url};

/// The largest body taken into memory.
const MAX_BODY_BYTES: u64 = 8 * 1024 * 1024;

/// As many redirects as browsers follow (fetch.spec.whatwg.org).
const MAX_REDIRECTS: usize = 20;

/// A request that is about to be sent.
#[derive(Clone)]
pub(super) struct Request {
    pub method: String,
    pub url: String,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
    /// The longest time until the body of the answer has arrived, redirects included.
    pub timeout: Duration,
    /// The file with the only authorities to trust.
    pub ca: Option<PathBuf>,
    /// The values of `SSL_CERT_FILE` and `SSL_CERT_DIR`.
    pub authorities: [Option<String>; 2],
}

/// What a server has answered.
pub(super) struct Answer {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Request {
    /// A GET request.
    pub(super) fn get(call: Call<'_>, url: &str, timeout: Duration) -> Result<Self, Failure> {
        let variables = Variables::of_run(call.run)?;
        Ok(Self {
            method: "GET".to_owned(),
            url: url.to_owned(),
            headers: Vec::new(),
            body: Vec::new(),
            timeout,
            ca: None,
            authorities: ["SSL_CERT_FILE", "SSL_CERT_DIR"].map(|name| variables.get(name)),
        })
    }

    /// The request as it is shown.
    pub(super) fn display(&self) -> String {
        format!("{} {}", self.method, without_password(&self.url))
    }

    /// Why the request cannot be sent.
    pub(super) fn check(&self) -> Result<(), String> {
        parse(&self.url).map(drop)
    }

    /// Sends it, or asks the recorder of a test; until the recipe is asked to stop.
    pub(super) fn send_for(self, call: Call<'_>, changes: bool) -> Thrown<Result<Answer, String>> {
        let line = format!("http {}", self.display());
        match call.run.outside.recorded(&line, changes) {
            Some(recorded) => Ok(Answer::of_test(recorded)),
            None => call.cancellable(move || self.send()),
        }
    }

    /// Sends it, and follows redirects.
    pub(super) fn send(mut self) -> Result<Answer, String> {
        let ends = Instant::now() + self.timeout;
        let first = parse(&self.url)?;
        let mut url = first.clone();
        let roots = if url.scheme() == "https" {
            self.roots()?
        } else {
            None
        };
        let mut redirects = 0;
        loop {
            let left = ends.saturating_duration_since(Instant::now());
            let answer = self.send_once(&url, &first, left, roots.clone())?;
            let Some(next) = answer.redirect(&url)? else {
                return Ok(answer);
            };
            redirects += 1;
            if redirects > MAX_REDIRECTS {
                return Err("too many redirects".to_owned());
            }
            self.follow(answer.status);
            url = next;
        }
    }

    /// Becomes the request that follows a redirect (RFC 9110, section 15.4).
    fn follow(&mut self, status: u16) {
        let becomes_get = match status {
            301 | 302 => self.method == "POST",
            303 => self.method != "HEAD",
            _ => false,
        };
        if becomes_get {
            "GET".clone_into(&mut self.method);
            self.body.clear();
            self.headers.retain(|(name, _)| {
                let name = name.to_ascii_lowercase();
                !name.starts_with("content-") && name != "transfer-encoding"
            });
        }
    }

    fn send_once(
        &self,
        url: &Url,
        first: &Url,
        timeout: Duration,
        roots: Option<RootCerts>,
    ) -> Result<Answer, String> {
        let mut config = ureq::Agent::config_builder()
            .timeout_global(Some(timeout))
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .allow_non_standard_methods(true);
        if is_this_machine(url) {
            // A proxy on another machine would not reach this one.
            config = config.proxy(None);
        }
        if let Some(roots) = roots {
            config = config.tls_config(TlsConfig::builder().root_certs(roots).build());
        }
        let agent: ureq::Agent = config.build().into();
        let mut target = url.clone();
        // The header has them; a URL without a host, which has no user, was refused.
        let _ = target.set_username("");
        let _ = target.set_password(None);
        let mut request = http::Request::builder()
            .method(self.method.as_str())
            .uri(target.as_str());
        let is_first = url.origin() == first.origin();
        for (name, value) in &self.headers {
            // They are meant for the first server alone.
            let is_secret = ["authorization", "cookie", "proxy-authorization"]
                .iter()
                .any(|secret| name.eq_ignore_ascii_case(secret));
            if is_first || !is_secret {
                request = request.header(name, value);
            }
        }
        let known = if is_first { login(first) } else { None };
        if let Some(login) = login(url).or(known)
            && !self.has_header("authorization")
        {
            request = request.header("authorization", login);
        }
        let request = request
            .body(self.body.as_slice())
            .map_err(|error| error.to_string())?;
        let mut response = agent.run(request).map_err(|error| reason(&error))?;
        let headers = response
            .headers()
            .iter()
            .map(|(name, value)| {
                (
                    name.to_string(),
                    String::from_utf8_lossy(value.as_bytes()).into_owned(),
                )
            })
            .collect();
        Ok(Answer {
            status: response.status().as_u16(),
            headers,
            body: response
                .body_mut()
                .with_config()
                .limit(MAX_BODY_BYTES)
                .read_to_vec()
                .map_err(|error| reason(&error))?,
        })
    }

    fn has_header(&self, name: &str) -> bool {
        let mut headers = self.headers.iter();
        headers.any(|(other, _)| other.eq_ignore_ascii_case(name))
    }

    /// The authorities to trust; `None` for those of Mozilla, which are built in.
    fn roots(&self) -> Result<Option<RootCerts>, String> {
        let mut certificates = Vec::new();
        if let Some(file) = &self.ca {
            certificates = certificates_of(file)?;
        } else if self.authorities.iter().any(Option::is_some) {
            let [file, folders] = &self.authorities;
            if let Some(file) = file {
                certificates = certificates_of(Path::new(file))?;
            }
            let folders = folders.as_deref().map(OsStr::new);
            for folder in folders.into_iter().flat_map(std::env::split_paths) {
                for entry in fs::read_dir(&folder).into_iter().flatten().flatten() {
                    // Such a folder has other files too.
                    certificates.extend(certificates_of(&entry.path()).unwrap_or_default());
                }
            }
        } else {
            return Ok(None);
        }
        Ok(Some(RootCerts::new_with_certs(&certificates)))
    }
}

/// The certificates in a PEM file; an error if it has none.
fn certificates_of(file: &Path) -> Result<Vec<Certificate<'static>>, String> {
    let shown = file.display();
    let text = fs::read(file).map_err(|error| format!("cannot read {shown}: {error}"))?;
    let certificates: Vec<_> = parse_pem(&text)
        .filter_map(|item| match item {
            Ok(PemItem::Certificate(certificate)) => Some(certificate),
            _ => None,
        })
        .collect();
    if certificates.is_empty() {
        return Err(format!("there is no certificate in {shown}"));
    }
    Ok(certificates)
}

fn parse(url: &str) -> Result<Url, String> {
    let parsed = Url::parse(url).map_err(|error| format!("invalid URL: {error}"))?;
    if !parsed.has_host() || !matches!(parsed.scheme(), "http" | "https") {
        return Err("invalid URL: it must begin with http:// or https:// and a host".to_owned());
    }
    if parsed.port() == Some(0) {
        return Err("invalid URL: there is no port 0".to_owned());
    }
    Ok(parsed)
}

/// The header for the user and the password of a URL.
fn login(url: &Url) -> Option<String> {
    if url.username().is_empty() && url.password().is_none() {
        return None;
    }
    let mut login: Vec<u8> = percent_decode_str(url.username()).collect();
    login.push(b':');
    login.extend(percent_decode_str(url.password().unwrap_or_default()));
    Some(format!("Basic {}", BASE64_STANDARD.encode(login)))
}

fn is_this_machine(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

impl Answer {
    /// Where the answer to a request for `url` redirects to.
    fn redirect(&self, url: &Url) -> Result<Option<Url>, String> {
        if !matches!(self.status, 301 | 302 | 303 | 307 | 308) {
            return Ok(None);
        }
        let mut headers = self.headers.iter();
        let location = headers.find(|(name, _)| name.eq_ignore_ascii_case("location"));
        let Some((_, location)) = location else {
            return Ok(None);
        };
        let next = url
            .join(location)
            .map_err(|error| format!("invalid redirect: {error}"))?;
        let refused = |reason| {
            let next = without_password(next.as_str());
            format!("it redirects to {next}: {reason}")
        };
        parse(next.as_str()).map(Some).map_err(refused)
    }

    /// The answer that a test of a recipe gives. A failure has the status as its code; a code below
    /// 100 stands for no response.
    fn of_test(recorded: run::Answer) -> Result<Self, String> {
        let (status, body) = match recorded.end {
            End::Done => (200, recorded.stdout),
            End::Failed(code) => (code, recorded.stderr),
            End::TimedOut | End::NotInstalled => return Err("timed out".to_owned()),
        };
        match u16::try_from(status) {
            Ok(status @ 100..) => Ok(Self {
                status,
                headers: Vec::new(),
                body: body.into_bytes(),
            }),
            _ => Err(body),
        }
    }
}

fn reason(error: &ureq::Error) -> String {
    match error {
        ureq::Error::Io(source) => explained(source.to_string()),
        ureq::Error::HostNotFound => "the host name could not be resolved".to_owned(),
        ureq::Error::Timeout(_) => "timed out".to_owned(),
        ureq::Error::BodyExceedsLimit(_) => "the response is larger than 8 MiB".to_owned(),
        other => explained(other.to_string()),
    }
}

/// The library names this fault only by an identifier.
fn explained(text: String) -> String {
    if text.contains("CaUsedAsEndEntity") {
        "the server's own certificate is marked as that of a certificate authority: create it with \
         `basicConstraints=CA:FALSE`, as in `openssl req -x509 -addext basicConstraints=critical,CA:FALSE`"
            .to_owned()
    } else {
        text
    }
}
