//! TLS to a member, over a stream that is already open.

use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::{ClientConfig, DigitallySignedStruct, Error, SignatureScheme};
use secrecy::{ExposeSecret, SecretString};
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::config::{Config, Place, literal, place};
use super::container;
use crate::model::{Container, Pod, Seen, Unread};
use crate::reach::{Reach, Stream};

/// How this set is spoken to over TLS.
#[derive(Clone)]
pub struct Identity {
    config: Option<Arc<ClientConfig>>,
    /// The client certificate that the pod names, if it could not be read.
    pub unread: Option<Unread>,
}

impl Identity {
    /// Servers ask for a client certificate unless told not to (`tls-auth-clients`), and accept their
    /// own: that is what they use towards each other.
    pub async fn read(reach: &dyn Reach, pod: &Pod, container: &Container) -> Self {
        let settings = Config::read(reach, pod, container).await;
        let mut unread = settings.unread.clone();
        let mut pair = None;
        for (certificate, key) in
            [("tls-client-cert-file", "tls-client-key-file"), ("tls-cert-file", "tls-key-file")]
        {
            let path = |name| path(&settings, container, name);
            let (Some(certificate), Some(key)) = (path(certificate), path(key)) else { continue };
            let certificate = file(reach, pod, container, &certificate).await;
            let key = file(reach, pod, container, &key).await;
            match (certificate, key) {
                (Some(Ok(certificate)), Some(Ok(key))) => pair = Some((certificate, key)),
                (Some(Err(why)), _) | (_, Some(Err(why))) => unread = unread.or(Some(why)),
                _ => continue,
            }
            break;
        }
        Self { config: client(pair).ok().map(Arc::new), unread }
    }

    pub async fn connect(
        &self,
        stream: Box<dyn Stream>,
    ) -> std::io::Result<TlsStream<Box<dyn Stream>>> {
        let config =
            self.config.clone().ok_or_else(|| std::io::Error::other("TLS is not available"))?;
        let name = ServerName::try_from("localhost").map_err(std::io::Error::other)?;
        TlsConnector::from(config).connect(name, stream).await
    }
}

/// A file that the command, the configuration or (bitnami) the environment names.
fn path(settings: &Config, container: &Container, name: &str) -> Option<String> {
    let from_environment = || {
        let name = name.to_uppercase().replace('-', "_");
        let of = |product: &str| literal(container, &format!("{product}_{name}"));
        of("REDIS").or_else(|| of("VALKEY")).map(|path| path.expose_secret().to_owned())
    };
    container::option(container, &format!("--{name}"))
        .map(str::to_owned)
        .or_else(|| settings.setting(name))
        .or_else(from_environment)
}

/// None where the path is no file of a Secret.
async fn file(
    reach: &dyn Reach,
    pod: &Pod,
    container: &Container,
    path: &str,
) -> Option<Seen<SecretString>> {
    match place(pod, container, path)? {
        Place::Secret(key) => Some(reach.secret(&pod.namespace, &key).await),
        Place::ConfigMap(_) => None,
    }
}

fn client(pair: Option<(SecretString, SecretString)>) -> Result<ClientConfig, Error> {
    let provider = Arc::new(ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider.clone())
        .with_safe_default_protocol_versions()?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(AnyServer(provider)));
    let identity = pair.and_then(|(certificate, key)| {
        let chain = CertificateDer::pem_slice_iter(certificate.expose_secret().as_bytes());
        let chain = chain.collect::<Result<Vec<_>, _>>().ok()?;
        Some((chain, PrivateKeyDer::from_pem_slice(key.expose_secret().as_bytes()).ok()?))
    });
    match identity {
        Some((chain, key)) => builder.with_client_auth_cert(chain, key),
        None => Ok(builder.with_no_client_auth()),
    }
}

/// Accepts any certificate: the API server has authenticated the way to the pod, and it ends on the
/// pod's loopback. Its certificate names a Service or a host, never what we dial.
#[derive(Debug)]
struct AnyServer(Arc<CryptoProvider>);

impl ServerCertVerifier for AnyServer {
    fn verify_server_cert(
        &self,
        _end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(
            message,
            certificate,
            signed,
            &self.0.signature_verification_algorithms,
        )
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(
            message,
            certificate,
            signed,
            &self.0.signature_verification_algorithms,
        )
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}
