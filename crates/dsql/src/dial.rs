use std::{io, net::SocketAddr, time::Duration};

use socket2::{SockRef, TcpKeepalive};
use tokio::{
    net::{TcpStream, UnixStream, lookup_host},
    task::JoinSet,
    time::sleep,
};

use crate::{plan::Address, wire::Wire};

/// How long one address may keep the next one waiting (RFC 8305, section 5).
const STAGGER: Duration = Duration::from_millis(250);

/// A peer that vanished without a word is noticed after about two minutes.
const KEEPALIVE: Duration = Duration::from_secs(30);

/// Opens a stream. The error says in words what was tried.
pub(crate) async fn dial(address: &Address) -> Result<Wire, String> {
    match address {
        Address::Unix(path) => UnixStream::connect(path)
            .await
            .map(Wire::new)
            .map_err(|error| format!("{}: {}", path.display(), words(&error))),
        Address::Tcp { host, ip, port } => {
            let addresses: Vec<SocketAddr> = match ip {
                Some(ip) => vec![(*ip, *port).into()],
                // `[::1]` is how a URL writes an address of version 6.
                None => lookup_host((host.trim_matches(['[', ']']), *port))
                    .await
                    .map_err(|error| format!("the name `{host}` does not resolve ({error})"))?
                    .collect(),
            };
            race(addresses).await.map(Wire::new)
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
                    failures.push(format!("{address}: {}", words(&error)));
                }
                Some(Err(panic)) => failures.push(panic.to_string()),
                None if failures.is_empty() => return Err("the name has no address".into()),
                None => return Err(failures.join("; ")),
            },
            () = sleep(STAGGER), if more => {}
        }
    }
}

async fn open(address: SocketAddr) -> io::Result<TcpStream> {
    let stream = TcpStream::connect(address).await?;
    // Statements are small and each waits for its answer: Nagle only delays.
    stream.set_nodelay(true)?;
    SockRef::from(&stream).set_tcp_keepalive(
        &TcpKeepalive::new()
            .with_time(KEEPALIVE)
            .with_interval(KEEPALIVE / 3),
    )?;
    Ok(stream)
}

fn words(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::ConnectionRefused => "connection refused, nothing listens there".into(),
        io::ErrorKind::NotFound => "no such socket".into(),
        _ => error.to_string(),
    }
}
