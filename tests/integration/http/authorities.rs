//! Whom a request over TLS trusts.

use crate::harness::{Repo, assert_contains, eventually, find, free_port, one, skipped};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};

/// A server over TLS whose certificate a private authority has signed.
const SERVER: &str = r#"
import http.server, ssl, sys
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain("server.pem", "server.key")
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.send_header("content-length", "4")
        self.end_headers()
        self.wfile.write(b"fine")
    def log_message(self, *words):
        pass
server = http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler)
server.socket = context.wrap_socket(server.socket, server_side=True)
server.serve_forever()
"#;

struct Server {
    child: Child,
    port: u16,
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The server, and a repository with the file `ca.pem`; `None` without Python.
fn server(recipe: &str) -> Option<(Server, Repo)> {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
    let key = KeyPair::generate().unwrap();
    let certificate = CertificateParams::new(vec!["localhost".to_owned()])
        .unwrap()
        .signed_by(&key, &authority)
        .unwrap();
    server_with(recipe, &authority.pem(), &certificate.pem(), &key)
}

/// A server with this certificate and key, and a repository with `authority` as `ca.pem`.
fn server_with(
    recipe: &str,
    authority: &str,
    certificate: &str,
    key: &KeyPair,
) -> Option<(Server, Repo)> {
    if find("python3").is_none() {
        skipped("python3");
        return None;
    }
    let port = free_port();
    let repo = one(&recipe.replace("PORT", &port.to_string()))
        .file("ca.pem", authority)
        .file("folder/private.pem", authority)
        .file("folder/notes.txt", "not a certificate")
        .file("empty.pem", "")
        .file("server.pem", certificate)
        .file("server.key", &key.serialize_pem());
    let child = Command::new("python3")
        .args(["-c", SERVER, &port.to_string()])
        .current_dir(repo.path())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let server = Server { child, port };
    eventually("the server", || {
        TcpStream::connect(("127.0.0.1", server.port)).is_ok()
    });
    Some((server, repo))
}

#[test]
fn an_authority_is_trusted_where_it_is_named() {
    let recipe = r#"print(http("GET", "https://localhost:PORT/").body);"#;
    let Some((server, repo)) = server(recipe) else {
        return;
    };
    let refused = repo.dev("it").any_output().status(1).run();
    assert_contains(&refused.stderr, "UnknownIssuer");
    for (name, value) in [
        ("SSL_CERT_FILE", repo.path().join("ca.pem")),
        ("SSL_CERT_DIR", repo.path().join("folder")),
    ] {
        repo.dev("it").env(name, &value).stdout("fine\n").run();
        // In the file of the project too.
        repo.write(".env", format!("{name}={}\n", value.display()));
        repo.dev("it").stdout("fine\n").run();
        repo.write(".env", "");
    }
    repo.write(
        "recipes/it.rhai",
        recipe
            .replace("/\")", "/\", #{ ca: \"ca.pem\" })")
            .replace("PORT", &server.port.to_string()),
    );
    repo.dev("it").stdout("fine\n").run();
    for (file, message) in [
        ("none.pem", "cannot read <repo>/none.pem: No such file"),
        ("empty.pem", "there is no certificate in <repo>/empty.pem"),
    ] {
        let text = repo.read("recipes/it.rhai");
        repo.write("recipes/it.rhai", text.replace("ca.pem", file));
        let ended = repo.dev("it").any_output().status(1).run();
        assert_contains(&ended.stderr, message);
        repo.write("recipes/it.rhai", text);
    }
}

#[test]
fn an_authority_that_serves_itself_is_explained() {
    let mut params = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let key = KeyPair::generate().unwrap();
    let certificate = params.self_signed(&key).unwrap().pem();
    let recipe = r#"http("GET", "https://localhost:PORT/", #{ ca: "ca.pem" });"#;
    let Some((_server, repo)) = server_with(recipe, &certificate, &certificate, &key) else {
        return;
    };
    let ended = repo.dev("it").any_output().status(1).run();
    assert_contains(
        &ended.stderr,
        "the server's own certificate is marked as that of a certificate authority: create it with `basicConstraints=CA:FALSE`",
    );
}
