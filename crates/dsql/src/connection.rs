//! An open connection, its notices, and how its statement is cancelled.

use std::{future::poll_fn, mem, sync::Arc, time::Duration};

use parking_lot::Mutex;
use tokio::{
    io::{AsyncRead, AsyncWrite},
    task::JoinHandle,
    time::{sleep, timeout},
};
use tokio_postgres::{
    AsyncMessage, Client, Connection as Driver, NoTls, error::DbError, tls::MakeTlsConnect,
};

use crate::{
    ConnectOptions, Error, Target,
    connect_error::explain,
    dial::{Stream, dial},
    plan::{Address, Plan},
};

/// Cancelling is a courtesy to the server; the caller does not wait longer.
const CANCEL_TIMEOUT: Duration = Duration::from_secs(1);

/// Between two cancel requests.
const CANCEL_INTERVAL: Duration = Duration::from_millis(50);

/// Notices kept until they are taken; further ones are dropped.
const MAX_NOTICES: usize = 64;

type Notices = Arc<Mutex<Vec<DbError>>>;

/// An open connection. Dropping it closes it immediately, even while a
/// statement runs.
pub struct Connection {
    client: Client,
    driver: JoinHandle<()>,
    notices: Notices,
    plan: Plan,
}

/// Opens a connection to `target`.
///
/// Must be called within a tokio runtime with I/O and time enabled; the
/// connection lives as long as that runtime.
pub async fn connect(target: &Target, options: &ConnectOptions) -> Result<Connection, Error> {
    let plan = Plan::new(target, options).await?;
    let label = plan.label.clone();
    timeout(options.timeout, Connection::open(plan))
        .await
        .unwrap_or_else(|_| {
            Err(Error::Unreachable {
                target: label,
                reason: format!("no answer within {:?}", options.timeout),
            })
        })
}

impl Connection {
    async fn open(plan: Plan) -> Result<Self, Error> {
        let stream = dial(&plan.address)
            .await
            .map_err(|reason| Error::Unreachable {
                target: plan.label.clone(),
                reason,
            })?;
        let notices = Notices::default();
        let opened = match plan.tls.clone() {
            Some(mut tls) => {
                let tls = tls_connect(&mut tls, &plan)?;
                plan.config
                    .connect_raw(stream, tls)
                    .await
                    .map(|(client, driver)| (client, tokio::spawn(drive(driver, notices.clone()))))
            }
            None => plan
                .config
                .connect_raw(stream, NoTls)
                .await
                .map(|(client, driver)| (client, tokio::spawn(drive(driver, notices.clone())))),
        };
        let (client, driver) = opened.map_err(|error| explain(&error, &plan))?;
        Ok(Self {
            client,
            driver,
            notices,
            plan,
        })
    }

    /// The driver's client, for queries with parameters.
    #[must_use]
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// Whether the connection is known to be lost.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.client.is_closed()
    }

    /// Asks the server to cancel the statement that runs on this connection,
    /// again and again until none does. Returns within a second; whether the
    /// server complied shows in the statement's result.
    pub async fn cancel(&self) {
        // An empty query is answered after all others. One cancel request may not suffice: a
        // statement that returns rows is prepared before it runs, and both may wait for a lock.
        let all_answered = self.client.simple_query("");
        let asking = async {
            loop {
                self.ask_to_cancel().await;
                sleep(CANCEL_INTERVAL).await;
            }
        };
        let asked = async {
            tokio::select! {
                _ = all_answered => {}
                () = asking => {}
            }
        };
        // On failure too, the caller drops the connection.
        let _ = timeout(CANCEL_TIMEOUT, asked).await;
    }

    async fn ask_to_cancel(&self) {
        let token = self.client.cancel_token();
        let Ok(stream) = dial(&self.plan.address).await else {
            return;
        };
        let _ = match self.plan.tls.clone() {
            Some(mut tls) => match tls_connect(&mut tls, &self.plan) {
                Ok(tls) => token.cancel_query_raw(stream, tls).await,
                Err(_) => return,
            },
            None => token.cancel_query_raw(stream, NoTls).await,
        };
    }

    /// Takes the notices that arrived since the last call.
    pub(crate) fn take_notices(&self) -> Vec<DbError> {
        mem::take(&mut *self.notices.lock())
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        // Otherwise the driver would wait for the statement in flight.
        self.driver.abort();
    }
}

fn tls_connect<T>(tls: &mut T, plan: &Plan) -> Result<T::TlsConnect, Error>
where
    T: MakeTlsConnect<Stream>,
{
    let host = match &plan.address {
        Address::Tcp { host, .. } => host.trim_matches(['[', ']']),
        Address::Unix(_) => "",
    };
    tls.make_tls_connect(host).map_err(|error| Error::Tls {
        target: plan.label.clone(),
        reason: format!("`{host}`: {}", error.into()),
    })
}

/// Moves bytes until the connection ends, and keeps the server's notices.
async fn drive<S, T>(mut driver: Driver<S, T>, notices: Notices)
where
    S: AsyncRead + AsyncWrite + Unpin,
    T: AsyncRead + AsyncWrite + Unpin,
{
    // An error ends the loop; the statement in flight reports it.
    while let Some(Ok(message)) = poll_fn(|context| driver.poll_message(context)).await {
        if let AsyncMessage::Notice(notice) = message {
            let mut notices = notices.lock();
            if notices.len() < MAX_NOTICES {
                notices.push(notice);
            }
        }
    }
}
