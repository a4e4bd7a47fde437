use rustls::pki_types::ServerName;
use rustls::{AlertDescription, CertificateError, InvalidMessage};

use super::*;

fn peer() -> Peer {
    Peer { server: "10.0.0.1:6443".to_owned(), proxy: None }
}

fn through_a_proxy() -> Peer {
    Peer { proxy: Some("p:3128".to_owned()), ..peer() }
}

/// As `kube` hands it over: wrapped three times.
fn wrapped(error: impl Into<Box<dyn Error + Send + Sync>>) -> kube::Error {
    kube::Error::Service(Box::new(io::Error::other(io::Error::other(error))))
}

fn words(error: &kube::Error, peer: &Peer) -> String {
    transport(error, peer).to_string()
}

#[test]
fn each_broken_path_is_one_sentence() {
    let of = |kind| words(&wrapped(io::Error::from(kind)), &peer());
    insta::assert_snapshot!(of(io::ErrorKind::ConnectionRefused), @"10.0.0.1:6443 refuses the connection: is it up, and is this the right context?");
    insta::assert_snapshot!(of(io::ErrorKind::ConnectionReset), @"10.0.0.1:6443 broke the connection off: try again");
    insta::assert_snapshot!(of(io::ErrorKind::NetworkUnreachable), @"there is no way to 10.0.0.1:6443: check the network and the VPN");
    insta::assert_snapshot!(of(io::ErrorKind::PermissionDenied), @"the connection to 10.0.0.1:6443 failed: permission denied");
    insta::assert_snapshot!(of(io::ErrorKind::TimedOut), @"no answer in time");
    insta::assert_snapshot!(words(&wrapped("dns error"), &peer()), @"the name of 10.0.0.1:6443 cannot be resolved: check the address, the network and the VPN");
    insta::assert_snapshot!(words(&wrapped("something\nelse"), &peer()), @"the connection to 10.0.0.1:6443 failed: something");
}

#[test]
fn a_proxy_is_named() {
    let refused = wrapped(io::Error::from(io::ErrorKind::ConnectionRefused));
    insta::assert_snapshot!(words(&refused, &through_a_proxy()), @"the proxy p:3128 refuses the connection: is it up, and is this the right context?");
    insta::assert_snapshot!(words(&wrapped("tunnel error: unsuccessful"), &through_a_proxy()), @"the proxy p:3128 does not lead to 10.0.0.1:6443: check proxy-url, HTTPS_PROXY and NO_PROXY");
    insta::assert_snapshot!(words(&wrapped("dns error"), &through_a_proxy()), @"the name of the proxy p:3128 cannot be resolved: check the address, the network and the VPN");
    let unknown = rustls::Error::InvalidCertificate(CertificateError::UnknownIssuer);
    insta::assert_snapshot!(words(&wrapped(unknown), &through_a_proxy()), @"the certificate of 10.0.0.1:6443 (through the proxy p:3128) is signed by an unknown authority: check certificate-authority of this cluster, and whether another server answers at its address");
}

#[test]
fn certificates_that_are_not_trusted() {
    let of = |error| words(&wrapped(rustls::Error::InvalidCertificate(error)), &peer());
    insta::assert_snapshot!(of(CertificateError::UnknownIssuer), @"the certificate of 10.0.0.1:6443 is signed by an unknown authority: check certificate-authority of this cluster, and whether another server answers at its address");
    insta::assert_snapshot!(of(CertificateError::Expired), @"the certificate of 10.0.0.1:6443 has expired: renew it, or check the clock of this machine");
    insta::assert_snapshot!(of(CertificateError::NotValidYet), @"the certificate of 10.0.0.1:6443 is not valid yet: check the clock of this machine");
    insta::assert_snapshot!(of(CertificateError::BadEncoding), @"the certificate of 10.0.0.1:6443 cannot be trusted: BadEncoding");
    let other_name = CertificateError::NotValidForNameContext {
        expected: ServerName::try_from("api.example").unwrap(),
        presented: vec![r#"DnsName("kubernetes")"#.to_owned(), "IpAddress(10.0.0.2)".to_owned()],
    };
    insta::assert_snapshot!(of(other_name), @"the certificate of 10.0.0.1:6443 is not for api.example but for kubernetes, 10.0.0.2: pass --tls-server-name, or correct the server");
}

#[test]
fn tls_that_is_refused_or_not_spoken() {
    let of = |error| words(&wrapped(error), &peer());
    insta::assert_snapshot!(of(rustls::Error::AlertReceived(AlertDescription::CertificateRequired)), @"10.0.0.1:6443 does not accept the client certificate of this user (expired?): log in again");
    insta::assert_snapshot!(of(rustls::Error::InvalidMessage(InvalidMessage::InvalidContentType)), @"10.0.0.1:6443 does not speak TLS: is its address http://?");
    insta::assert_snapshot!(of(rustls::Error::HandshakeNotComplete), @"TLS with 10.0.0.1:6443 failed: handshake not complete");
}

#[test]
fn the_right_that_is_missing_is_the_servers() {
    let namespaced = r#"users "jane" is forbidden: User "eve" cannot impersonate resource "users" in API group "" at the cluster scope"#;
    let access = denied(namespaced).unwrap();
    assert_eq!((access.verb.as_str(), access.resource.as_str()), ("impersonate", "users"));
    assert_eq!(access.namespace, None);

    let forward = r#"pods "db-0" is forbidden: User "eve" cannot create resource "pods/portforward" in API group "" in the namespace "shop""#;
    let access = denied(forward).unwrap();
    assert_eq!((access.verb.as_str(), access.resource.as_str()), ("create", "pods/portforward"));
    assert_eq!(access.namespace.as_deref(), Some("shop"));

    for other in ["", "exceeded quota", "x cannot y", r#"a cannot b resource "c"#] {
        assert_eq!(denied(other), None, "{other}");
    }
}

#[test]
fn a_password_in_a_url_is_not_shown() {
    let mut config = kube::Config::new("https://u:hunter2@api.example:6443/k8s".parse().unwrap());
    config.proxy_url = Some("http://u:hunter2@p:3128".parse().unwrap());
    assert_eq!(Peer::of(&config).to_string(), "api.example:6443 (through the proxy p:3128)");
}

#[test]
fn an_answer_that_does_not_parse_is_not_quoted() {
    #[derive(Debug, serde::Deserialize)]
    struct Named {
        #[serde(rename = "name")]
        _name: String,
    }
    let of =
        |text: &str| answer(&serde_json::from_str::<Named>(text).unwrap_err(), &peer()).to_string();
    insta::assert_snapshot!(of(r#"{"name":{"a":"hunter2"}}"#), @"10.0.0.1:6443 answers with fields this version of kubectl-sts does not understand");
    insta::assert_snapshot!(of("{}"), @"10.0.0.1:6443 answers without the field name: is it an API server?");
    insta::assert_snapshot!(of("hunter2"), @"10.0.0.1:6443 does not answer in JSON: is it an API server?");
}
