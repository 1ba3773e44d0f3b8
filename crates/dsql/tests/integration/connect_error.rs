//! Errors that DSQL, but not a plain PostgreSQL, sends at start-up: recorded
//! responses, sent by a listener.

use std::{
    io::{self, Read, Write},
    net::TcpListener,
    thread,
};

use copilot_dsql::{ConnectOptions, Error, Target, connect};

async fn fails(target: &Target) -> Error {
    let error = connect(target, &ConnectOptions::default())
        .await
        .err()
        .expect("refused");
    assert!(!format!("{error} {error:?}").contains("hunter2"));
    error
}

/// Answers the start-up message with `response` and hangs up.
fn answering(response: Vec<u8>) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("bound").port();
    thread::spawn(move || {
        let (mut stream, _) = listener.accept().expect("a client");
        let mut length = [0; 4];
        stream.read_exact(&mut length).expect("a length");
        let rest = u32::from_be_bytes(length) - 4;
        io::copy(&mut (&mut stream).take(rest.into()), &mut io::sink()).expect("a message");
        stream.write_all(&response).expect("answered");
    });
    port
}

/// An `ErrorResponse` of the protocol, version 3.
fn error_response(fields: &[(char, &str)]) -> Vec<u8> {
    let body: String = fields
        .iter()
        .map(|(name, value)| format!("{name}{value}\0"))
        .chain(["\0".to_owned()])
        .collect();
    let length = u32::try_from(body.len() + 4).expect("short");
    [b"E", &length.to_be_bytes()[..], body.as_bytes()].concat()
}

#[tokio::test]
async fn a_rejected_token_is_explained() {
    let port = answering(error_response(&[
        ('S', "FATAL"),
        ('C', "08006"),
        ('M', "unable to accept connection, access denied"),
        ('H', "Signature expired"),
    ]));
    let target = Target::url(format!(
        "postgresql://admin:hunter2@127.0.0.1:{port}/postgres?sslmode=disable"
    ));
    let error = fails(&target).await;
    assert_eq!(error.kind(), "denied");
    assert!(
        error.to_string().ends_with(
            "denies access to user `admin`: unable to accept connection, access denied [08006]"
        ),
        "{error}"
    );
    assert_eq!(error.hint().as_deref(), Some("Signature expired"));

    let port = answering(b"N".to_vec());
    let target = Target::url(format!(
        "postgresql://admin:hunter2@127.0.0.1:{port}/postgres?sslmode=require"
    ));
    let error = fails(&target).await;
    assert_eq!(error.kind(), "tls");
    assert!(
        error.to_string().contains("server does not support TLS"),
        "{error}"
    );
}
