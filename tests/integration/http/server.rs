//! A server that answers each path in its way, and remembers what it was asked.

use crate::harness::{Repo, unindent};
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

pub(super) struct Server {
    pub(super) address: String,
    requests: Arc<Mutex<Vec<String>>>,
}

impl Server {
    pub(super) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let requests = Arc::new(Mutex::new(Vec::new()));
        let into = Arc::clone(&requests);
        // Both end with the process of the test.
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let into = Arc::clone(&into);
                std::thread::spawn(move || serve(stream.unwrap(), &into));
            }
        });
        Self { address, requests }
    }

    /// What it was asked so far: the first line, the headers that a test looks at, the body.
    pub(super) fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }

    /// A repository whose recipe has the address as `at`.
    pub(super) fn repo(&self, text: &str) -> Repo {
        let at = format!("const at = \"http://{}\";\n", self.address);
        Repo::new().recipe("it", &(at + &unindent(text)))
    }
}

fn serve(mut stream: TcpStream, requests: &Mutex<Vec<String>>) {
    let mut bytes = Vec::new();
    let mut buffer = [0; 4096];
    let (head, mut body) = loop {
        let count = stream.read(&mut buffer).unwrap_or(0);
        if count == 0 {
            return;
        }
        bytes.extend_from_slice(&buffer[..count]);
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            break (head.to_owned(), body.to_owned());
        }
    };
    let header = |name: &str| {
        head.lines()
            .filter_map(|line| line.split_once(": "))
            .filter(|(key, _)| key.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.to_owned())
            .collect::<Vec<_>>()
    };
    let length = header("content-length")
        .first()
        .map_or(0, |length| length.parse().unwrap());
    while body.len() < length {
        let count = stream.read(&mut buffer).unwrap();
        body += &String::from_utf8_lossy(&buffer[..count]);
    }
    let first = head.lines().next().unwrap().replace(" HTTP/1.1", "");
    let mut seen = first.clone();
    for name in ["content-type", "authorization", "x-mine"] {
        for value in header(name) {
            seen.extend([" ", name, "=", &value]);
        }
    }
    if !body.is_empty() {
        seen.extend([" ", &body]);
    }
    requests.lock().unwrap().push(seen);
    let count = requests.lock().unwrap().len();
    let path = first.split(' ').nth(1).unwrap();
    let (status, more, body) = match path {
        "/json" => (
            "200 OK",
            "content-type: application/json\r\n",
            r#"{"a":[1,2.5,null,"x"]}"#.to_owned(),
        ),
        "/teapot" => ("418 I'm a teapot", "", "short and stout\n".to_owned()),
        "/long" => ("500 Internal Server Error", "", "é".repeat(2000)),
        "/empty" => ("404 Not Found", "", String::new()),
        "/moved" => ("302 Found", "location: /json\r\n", String::new()),
        "/see" => ("303 See Other", "location: ok\r\n", String::new()),
        "/kept" => ("307 Temporary Redirect", "location: /ok\r\n", String::new()),
        "/permanent" => (
            "308 Permanent Redirect",
            "location: ok?x\r\n",
            String::new(),
        ),
        "/round" => ("302 Found", "location: /round\r\n", String::new()),
        "/big" => ("200 OK", "", "x".repeat(8 * 1024 * 1024 + 1)),
        "/third" if count < 3 => ("503 Service Unavailable", "", "starting".to_owned()),
        "/never" => loop {
            std::thread::park();
        },
        _ => ("200 OK", "x-answer: yes\r\n", "fine".to_owned()),
    };
    let body = if first.starts_with("HEAD") {
        String::new()
    } else {
        body
    };
    let head = format!(
        "HTTP/1.1 {status}\r\nconnection: close\r\ncontent-length: {}\r\n{more}\r\n",
        body.len()
    );
    // A client that had enough goes away.
    let _gone = stream.write_all((head + &body).as_bytes());
}
