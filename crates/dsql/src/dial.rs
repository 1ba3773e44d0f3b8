//! Opens the byte stream to a server, over TCP or a Unix socket.

use std::{io, net::SocketAddr, time::Duration};

use socket2::{SockRef, TcpKeepalive};
use tokio::{
    net::{TcpStream, UnixStream, lookup_host},
    task::JoinSet,
    time::sleep,
};
use tokio_util::either::Either;

use crate::plan::Address;

pub(crate) type Stream = Either<TcpStream, UnixStream>;

/// Head start of each address over the next: the "Connection Attempt Delay" of
/// RFC 8305, section 5.
const ATTEMPT_DELAY: Duration = Duration::from_millis(250);

/// Idle time before the first probe. A peer that vanished silently is noticed
/// after about two minutes.
const KEEPALIVE_IDLE: Duration = Duration::from_secs(30);

/// Opens a stream. The error lists the addresses that were tried.
pub(crate) async fn dial(address: &Address) -> Result<Stream, String> {
    match address {
        Address::Unix(path) => UnixStream::connect(path)
            .await
            .map(Either::Right)
            .map_err(|error| format!("{}: {}", path.display(), describe(&error))),
        Address::Tcp { host, ip, port } => {
            let addresses: Vec<SocketAddr> = match ip {
                Some(ip) => vec![(*ip, *port).into()],
                // A URL has an IPv6 address in brackets.
                None => lookup_host((host.trim_matches(['[', ']']), *port))
                    .await
                    .map_err(|error| format!("the name `{host}` does not resolve ({error})"))?
                    .collect(),
            };
            race(addresses).await.map(Either::Left)
        }
    }
}

/// Tries the addresses in order; each gets a head start over the next.
async fn race(addresses: Vec<SocketAddr>) -> Result<TcpStream, String> {
    let mut waiting = addresses.into_iter();
    let mut running = JoinSet::new();
    let mut failures = Vec::new();
    loop {
        let more = match waiting.next() {
            Some(address) => {
                running.spawn(async move { (address, open(address).await) });
                true
            }
            None => false,
        };
        tokio::select! {
            done = running.join_next() => match done {
                Some(Ok((_, Ok(stream)))) => return Ok(stream),
                Some(Ok((address, Err(error)))) => {
                    failures.push(format!("{address}: {}", describe(&error)));
                }
                Some(Err(panic)) => failures.push(panic.to_string()),
                None if failures.is_empty() => return Err("the name has no address".into()),
                None => return Err(failures.join("; ")),
            },
            () = sleep(ATTEMPT_DELAY), if more => {}
        }
    }
}

async fn open(address: SocketAddr) -> io::Result<TcpStream> {
    let stream = TcpStream::connect(address).await?;
    // Each small statement waits for its answer; Nagle's algorithm would delay it.
    stream.set_nodelay(true)?;
    SockRef::from(&stream).set_tcp_keepalive(
        &TcpKeepalive::new()
            .with_time(KEEPALIVE_IDLE)
            .with_interval(KEEPALIVE_IDLE / 3),
    )?;
    Ok(stream)
}

fn describe(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::ConnectionRefused => "connection refused, nothing listens there".into(),
        io::ErrorKind::NotFound => "no such socket".into(),
        _ => error.to_string(),
    }
}
