//! TLS for connections: which authorities are trusted, and what is verified.

use std::{path::Path, sync::Arc};

use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, Error as RustlsError, RootCertStore,
    SignatureScheme,
    client::{
        WebPkiServerVerifier,
        danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    },
    crypto::{WebPkiSupportedAlgorithms, ring, verify_tls12_signature, verify_tls13_signature},
    pki_types::{CertificateDer, ServerName, UnixTime, pem, pem::PemObject},
};
use tokio_postgres_rustls::MakeRustlsConnect;

use crate::Error;

/// How much of the server's certificate is verified.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Check {
    Nothing,
    Chain,
    Full,
}

/// PostgreSQL 17 and later require this ALPN protocol for direct TLS
/// (`sslnegotiation=direct`); older versions ignore it.
const ALPN_PROTOCOL: &[u8] = b"postgresql";

/// Builds a connector that trusts the authorities in `roots`, or the system's.
pub(crate) fn connector(
    check: Check,
    roots: Option<&Path>,
    target: &str,
) -> Result<MakeRustlsConnect, Error> {
    let provider = Arc::new(ring::default_provider());
    let failed = |error: &dyn std::error::Error| Error::Tls {
        target: target.into(),
        reason: error.to_string(),
    };
    let builder = ClientConfig::builder_with_provider(provider.clone())
        .with_safe_default_protocol_versions()
        .map_err(|error| failed(&error))?;
    let algorithms = provider.signature_verification_algorithms;
    let chain_verifier = || {
        let roots = Arc::new(match roots {
            Some(path) => from_file(path)?,
            None => from_system(target)?,
        });
        WebPkiServerVerifier::builder_with_provider(roots, provider)
            .build()
            .map_err(|error| failed(&error))
    };
    let lenient = |chain| Arc::new(LenientVerifier { chain, algorithms });
    let verifier: Arc<dyn ServerCertVerifier> = match check {
        Check::Nothing => lenient(None),
        Check::Chain => lenient(Some(chain_verifier()?)),
        Check::Full => chain_verifier()?,
    };
    let mut config = builder
        .dangerous()
        .with_custom_certificate_verifier(verifier)
        .with_no_client_auth();
    config.alpn_protocols = vec![ALPN_PROTOCOL.to_vec()];
    Ok(MakeRustlsConnect::new(config))
}

fn from_system(target: &str) -> Result<RootCertStore, Error> {
    let found = rustls_native_certs::load_native_certs();
    let mut store = RootCertStore::empty();
    store.add_parsable_certificates(found.certs);
    if store.is_empty() {
        let errors: Vec<_> = found.errors.iter().map(ToString::to_string).collect();
        return Err(Error::Tls {
            target: target.into(),
            reason: format!(
                "no trusted authorities were found on this machine {}",
                errors.join("; ")
            )
            .trim_end()
            .into(),
        });
    }
    Ok(store)
}

fn from_file(path: &Path) -> Result<RootCertStore, Error> {
    let unusable = |reason: &dyn std::fmt::Display| {
        Error::Config(format!(
            "sslrootcert {} is unusable: {reason}",
            path.display()
        ))
    };
    let read = |error| match error {
        pem::Error::Io(source) => Error::Io {
            path: path.into(),
            source,
        },
        other => unusable(&other),
    };
    let mut store = RootCertStore::empty();
    for certificate in CertificateDer::pem_file_iter(path).map_err(read)? {
        store
            .add(certificate.map_err(read)?)
            .map_err(|error| unusable(&error))?;
    }
    if store.is_empty() {
        return Err(unusable(&"it contains no certificate"));
    }
    Ok(store)
}

/// Explains what is wrong with the server's certificate.
pub(crate) fn describe(error: &RustlsError) -> String {
    match error {
        RustlsError::InvalidCertificate(CertificateError::UnknownIssuer) => {
            "the server's certificate is not signed by a trusted authority".into()
        }
        RustlsError::InvalidCertificate(
            CertificateError::Expired | CertificateError::ExpiredContext { .. },
        ) => "the server's certificate has expired".into(),
        RustlsError::InvalidCertificate(CertificateError::NotValidForNameContext {
            expected,
            presented,
        }) => format!(
            "the server's certificate is not for `{}` but for {}",
            expected.to_str(),
            presented
                .iter()
                .map(|name| bare_name(name))
                .collect::<Vec<_>>()
                .join(", ")
        ),
        // The library names it only by an identifier.
        other if other.to_string().contains("CaUsedAsEndEntity") => {
            "the server's own certificate is marked as that of a certificate authority: create it with \
             `basicConstraints=CA:FALSE`"
                .into()
        }
        other => other.to_string(),
    }
}

/// Extracts the name from the library's `DnsName("example.com")`.
fn bare_name(name: &str) -> &str {
    name.split('"').nth(1).unwrap_or(name)
}

/// Verifies less than the full chain and name: `sslmode=require`, `prefer` and
/// `verify-ca`. The server still has to prove that it owns its certificate.
#[derive(Debug)]
struct LenientVerifier {
    /// Verifies the chain; without it, any certificate is accepted.
    chain: Option<Arc<WebPkiServerVerifier>>,
    algorithms: WebPkiSupportedAlgorithms,
}

impl ServerCertVerifier for LenientVerifier {
    fn verify_server_cert(
        &self,
        certificate: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, RustlsError> {
        let Some(chain) = &self.chain else {
            return Ok(ServerCertVerified::assertion());
        };
        match chain.verify_server_cert(certificate, intermediates, name, ocsp, now) {
            // The name is verified last, so the chain was valid.
            Err(RustlsError::InvalidCertificate(
                CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. },
            )) => Ok(ServerCertVerified::assertion()),
            other => other,
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, RustlsError> {
        verify_tls12_signature(message, certificate, signature, &self.algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, RustlsError> {
        verify_tls13_signature(message, certificate, signature, &self.algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms.supported_schemes()
    }
}
