//! A real PostgreSQL over TLS, for the tests of this crate and of the host.
//!
//! Each test starts its own, which takes about a second, so that what a test
//! does to its server harms no other.

#![allow(dead_code, reason = "each test binary uses a part of it")]

use std::{
    env, fs,
    net::TcpListener,
    os::unix::{
        fs::{MetadataExt, PermissionsExt, chown},
        process::CommandExt,
    },
    path::{Path, PathBuf},
    process::{Command, Output},
};

// One way to skip for every test of the workspace.
#[path = "../../../../tests/integration/harness/skipped.rs"]
pub(crate) mod skipped;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};
use tempfile::TempDir;

/// The password of every role of the server.
pub(crate) const PASSWORD: &str = "correct horse/battery@staple";

/// [`PASSWORD`] as a URL wants it.
pub(crate) const ENCODED_PASSWORD: &str = "correct%20horse%2Fbattery%40staple";

/// The name that the server's certificate is for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Certificate {
    /// `localhost`, `127.0.0.1` and `0.0.0.0`, by which it is reached too.
    Localhost,
    /// Another host's.
    WrongName,
}

/// A running server; dropping it stops it and removes its files.
pub(crate) struct Postgres {
    /// Port on 127.0.0.1.
    pub port: u16,
    /// PEM file of the authority that signed its certificate.
    pub ca: PathBuf,
    /// PEM file of an authority that did not.
    pub other_ca: PathBuf,
    /// Directory of its socket.
    pub socket: PathBuf,
    data: PathBuf,
    bin: PathBuf,
    _home: TempDir,
}

impl Postgres {
    /// Starts a server, or says why not and gives `None`: without `initdb` on
    /// the machine the test is skipped. With `CI=true` that is a failure.
    pub(crate) fn start(certificate: Certificate) -> Option<Self> {
        let Some(bin) = bin_directory() else {
            skipped::skipped("PostgreSQL (initdb)");
            return None;
        };
        // A socket's path has room for about 100 characters.
        let home = tempfile::Builder::new()
            .prefix("pg")
            .tempdir_in("/tmp")
            .expect("a temporary directory");
        fs::set_permissions(home.path(), fs::Permissions::from_mode(0o755)).expect("permissions");
        let at = |name: &str| home.path().join(name);
        write_certificates(home.path(), certificate);
        fs::write(at("password"), PASSWORD).expect("password file");
        if let Some((uid, gid)) = server_user() {
            for path in [home.path(), &at("server.key"), &at("password")] {
                chown(path, Some(uid), Some(gid)).expect("chown");
            }
        }
        let mut server = Self {
            port: 0,
            ca: at("ca.pem"),
            other_ca: at("other-ca.pem"),
            socket: home.path().to_owned(),
            data: at("data"),
            bin,
            _home: home,
        };
        server.run(
            "initdb",
            &[
                "--auth=scram-sha-256",
                "--username=copilot",
                "--no-sync",
                "--no-locale",
                "--encoding=UTF8",
                &format!("--pwfile={}", server.socket.join("password").display()),
            ],
        );
        fs::write(
            server.data.join("pg_hba.conf"),
            // A DSQL target sends a token, which a plain server cannot check.
            "hostssl all admin all trust\nlocal all admin trust\nhostssl all all all scram-sha-256\n\
             local all all scram-sha-256\n",
        )
        .expect("pg_hba.conf");
        server.listen();
        server.psql("CREATE ROLE admin LOGIN SUPERUSER");
        Some(server)
    }

    /// Stops the server as a crash would.
    pub(crate) fn stop(&self) {
        self.run("pg_ctl", &["stop", "--mode=immediate", "--wait"]);
    }

    /// Starts it again where it was.
    pub(crate) fn start_again(&self) {
        let log = format!("--log={}/log", self.socket.display());
        self.run("pg_ctl", &["start", "--wait", &log, "-o", &self.options()]);
    }

    fn options(&self) -> String {
        let home = self.socket.display();
        format!(
            "-p {} -c listen_addresses=127.0.0.1 -c unix_socket_directories={home} \
             -c ssl=on -c ssl_cert_file={home}/server.pem -c ssl_key_file={home}/server.key \
             -c fsync=off -c max_connections=100",
            self.port
        )
    }

    fn listen(&mut self) {
        // Another process may take a free port before the server does.
        for _ in 0..5 {
            self.port = TcpListener::bind("127.0.0.1:0")
                .and_then(|listener| listener.local_addr())
                .expect("a free port")
                .port();
            let options = self.options();
            let home = self.socket.display();
            let log = format!("--log={home}/log");
            let started = self.output("pg_ctl", &["start", "--wait", &log, "-o", &options]);
            if started.status.success() {
                return;
            }
        }
        panic!(
            "PostgreSQL does not start: {}",
            fs::read_to_string(self.socket.join("log")).unwrap_or_default()
        );
    }

    /// A URL that is verified in full, to `database`.
    pub(crate) fn url(&self, database: &str) -> String {
        format!(
            "postgresql://copilot:{ENCODED_PASSWORD}@localhost:{}/{database}\
             ?sslmode=verify-full&sslrootcert={}",
            self.port,
            self.ca.display()
        )
    }

    /// A new database, and its URL.
    pub(crate) fn database(&self, name: &str) -> String {
        self.psql(&format!("CREATE DATABASE {name}"));
        self.url(name)
    }

    /// Runs SQL in the database `postgres` with the server's own client.
    pub(crate) fn psql(&self, sql: &str) -> String {
        self.psql_in("postgres", sql)
    }

    /// Runs SQL in another database with the server's own client.
    pub(crate) fn psql_in(&self, database: &str, sql: &str) -> String {
        let output = Command::new(self.bin.join("psql"))
            .env("PGPASSWORD", PASSWORD)
            .args(["-X", "-At", "-v", "ON_ERROR_STOP=1", "-U", "copilot"])
            .args(["-p", &self.port.to_string(), "-d", database, "-c", sql])
            .arg("-h")
            .arg(&self.socket)
            .output()
            .expect("psql");
        text(&output)
    }

    fn run(&self, program: &str, arguments: &[&str]) -> String {
        text(&self.output(program, arguments))
    }

    /// Runs a program on the data directory as the server's user: PostgreSQL
    /// refuses to run as root.
    fn output(&self, program: &str, arguments: &[&str]) -> Output {
        let program = self.bin.join(program);
        let mut command = Command::new(program);
        if let Some((uid, gid)) = server_user() {
            command.uid(uid).gid(gid);
        }
        command
            .arg("--pgdata")
            .arg(&self.data)
            .args(arguments)
            .current_dir("/")
            .env("LC_ALL", "C")
            .output()
            .expect("a program of PostgreSQL")
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        self.output("pg_ctl", &["stop", "--mode=immediate", "--wait"]);
    }
}

fn text(output: &Output) -> String {
    assert!(
        output.status.success(),
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

/// Where `initdb` and its companions are.
fn bin_directory() -> Option<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    let installed = ["/usr/lib/postgresql", "/usr/local/opt", "/opt/homebrew/opt"]
        .iter()
        .filter_map(|directory| fs::read_dir(directory).ok())
        .flatten()
        .filter_map(|entry| Some(entry.ok()?.path().join("bin")));
    env::split_paths(&path)
        .chain(installed)
        .filter_map(|directory| directory.join("initdb").canonicalize().ok())
        .filter_map(|initdb| initdb.parent().map(Path::to_owned))
        .find(|directory| directory.join("pg_ctl").exists())
}

/// The user and group to run the server as, if this process is root's.
fn server_user() -> Option<(u32, u32)> {
    let probe = tempfile::NamedTempFile::new().expect("a temporary file");
    if probe.as_file().metadata().expect("metadata").uid() != 0 {
        return None;
    }
    let users = fs::read_to_string("/etc/passwd").expect("/etc/passwd");
    let user = users
        .lines()
        .map(|line| line.split(':').collect::<Vec<_>>())
        .find(|fields| fields[0] == "postgres")
        .expect("a user `postgres`, since root may not run PostgreSQL");
    Some((
        user[2].parse().expect("a user id"),
        user[3].parse().expect("a group id"),
    ))
}

fn write_certificates(home: &Path, certificate: Certificate) {
    let authority = |name: &str| {
        let mut params = CertificateParams::new(Vec::new()).expect("no names");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.distinguished_name.push(DnType::CommonName, name);
        CertifiedIssuer::self_signed(params, KeyPair::generate().expect("a key"))
            .expect("an authority")
    };
    let names: &[&str] = match certificate {
        Certificate::Localhost => &["localhost", "127.0.0.1", "0.0.0.0"],
        Certificate::WrongName => &["elsewhere.example"],
    };
    let names: Vec<String> = names.iter().map(ToString::to_string).collect();
    let ca = authority("Test authority");
    let key = KeyPair::generate().expect("a key");
    let server = CertificateParams::new(names)
        .and_then(|params| params.signed_by(&key, &ca))
        .expect("a certificate");
    let write = |name: &str, pem: String| {
        let path = home.join(name);
        fs::write(&path, pem).expect("a PEM file");
        path
    };
    write("ca.pem", ca.pem());
    write("other-ca.pem", authority("Another authority").pem());
    write("server.pem", server.pem());
    // The server refuses a key that others may read.
    fs::set_permissions(
        write("server.key", key.serialize_pem()),
        fs::Permissions::from_mode(0o600),
    )
    .expect("permissions");
}
