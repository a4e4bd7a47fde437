use secrecy::ExposeSecret;

use super::*;
use crate::cluster::tests::scratch::Scratch;

const V1: &str = "client.authentication.k8s.io/v1";

/// A plugin that is this shell script.
fn script(text: &str) -> ExecConfig {
    ExecConfig {
        api_version: Some(V1.to_owned()),
        command: Some("sh".to_owned()),
        args: Some(vec!["-c".to_owned(), text.to_owned()]),
        env: Some(vec![
            [("name", "SECRET"), ("value", "hunter2")].map(|(k, v)| (k.into(), v.into())).into(),
        ]),
        interactive_mode: Some(ExecInteractiveMode::Never),
        ..ExecConfig::default()
    }
}

fn plugin(exec: ExecConfig) -> anyhow::Result<Plugin> {
    Plugin::new(exec, &Cluster::default(), false, &Environment::default())
}

async fn run(exec: ExecConfig) -> anyhow::Result<Issued> {
    plugin(exec)?.run().await
}

async fn refuse(exec: ExecConfig) -> String {
    let words = match run(exec).await {
        Ok(_) => "issued".to_owned(),
        Err(error) => format!("{error:#}"),
    };
    assert!(!words.contains("hunter2"), "{words}");
    words
}

fn status(text: &str) -> String {
    format!(r#"echo '{{"kind":"ExecCredential","apiVersion":"{V1}","status":{text}}}'"#)
}

#[tokio::test]
async fn a_token_and_its_end_are_read() {
    let text = status(r#"{"token":"t","expirationTimestamp":"2030-01-01T00:00:00Z"}"#);
    let issued = run(script(&text)).await.unwrap();
    assert_eq!(issued.expires.unwrap().to_string(), "2030-01-01T00:00:00Z");
    let mut user = AuthInfo { exec: Some(ExecConfig::default()), ..AuthInfo::default() };
    issued.put_into(&mut user).unwrap();
    assert!(user.exec.is_none());
    assert_eq!(user.token.unwrap().expose_secret(), "t");
}

#[tokio::test]
async fn yaml_and_v1beta1_are_read() {
    let text = "echo 'apiVersion: client.authentication.k8s.io/v1beta1'; echo 'status: {token: t}'";
    let exec = ExecConfig {
        api_version: Some("client.authentication.k8s.io/v1beta1".to_owned()),
        ..script(text)
    };
    assert!(run(exec).await.unwrap().token.is_some());
}

#[tokio::test]
async fn a_certificate_is_put_where_kube_looks() {
    let text = status(r#"{"clientCertificateData":"CERT","clientKeyData":"KEY"}"#);
    let mut user = AuthInfo::default();
    run(script(&text)).await.unwrap().put_into(&mut user).unwrap();
    assert_eq!(user.client_certificate_data.as_deref(), Some("Q0VSVA=="));
    assert_eq!(user.client_key_data.unwrap().expose_secret(), "S0VZ");
    assert!(user.token.is_none());
}

#[tokio::test]
async fn it_is_told_about_the_cluster() {
    let check = r#"echo "$KUBERNETES_EXEC_INFO" > "$OUT"; "#;
    let scratch = Scratch::new();
    let out = scratch.path("info");
    let mut exec = script(&format!("{check}{}", status(r#"{"token":"t"}"#)));
    let pair =
        [("name".to_owned(), "OUT".to_owned()), ("value".to_owned(), out.display().to_string())];
    exec.env.get_or_insert_default().push(pair.into());
    exec.provide_cluster_info = true;
    let cluster = Cluster {
        server: Some("https://eu.example".to_owned()),
        certificate_authority_data: Some("Q0E=".to_owned()),
        ..Cluster::default()
    };
    let plugin = Plugin::new(exec, &cluster, false, &Environment::default()).unwrap();
    plugin.run().await.unwrap();
    let info = std::fs::read_to_string(out).unwrap();
    insta::assert_snapshot!(info.trim(), @r#"{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","spec":{"cluster":{"certificate-authority-data":"Q0EK","server":"https://eu.example"},"interactive":false}}"#);
}

#[tokio::test]
async fn what_goes_wrong_is_said_without_secrets() {
    let say = |text: String| async move { refuse(script(&text)).await };
    insta::assert_snapshot!(say("exit 3 # $SECRET".to_owned()).await, @"the credential plugin sh failed (exit status: 3): log in again, or run it by hand");
    insta::assert_snapshot!(say("echo $SECRET".to_owned()).await, @"the credential plugin sh gave no credential: its output is not an ExecCredential");
    insta::assert_snapshot!(say(status("null")).await, @"the credential plugin sh gave no credential: its output has no status");
    insta::assert_snapshot!(say(status("{}")).await, @"the credential plugin sh gave no credential: its output has neither a token nor a certificate");
    insta::assert_snapshot!(say(status(r#"{"clientKeyData":"hunter2"}"#)).await, @"the credential plugin sh gave no credential: its output has only one of certificate and key");
    insta::assert_snapshot!(say(status(r#"{"token":"hunter2","expirationTimestamp":"soon"}"#)).await, @"the credential plugin sh gave no credential: its expirationTimestamp is not a time");
    let old = ExecConfig {
        api_version: Some("client.authentication.k8s.io/v1alpha1".into()),
        ..script("")
    };
    insta::assert_snapshot!(refuse(old).await, @r#"the credential plugin asks for "client.authentication.k8s.io/v1alpha1": client.authentication.k8s.io/v1 and client.authentication.k8s.io/v1beta1 are known, so update the kubeconfig"#);
    let other = ExecConfig {
        api_version: Some("client.authentication.k8s.io/v1beta1".into()),
        ..script(&status(r#"{"token":"hunter2"}"#))
    };
    insta::assert_snapshot!(refuse(other).await, @r#"the credential plugin sh gave no credential: it answers in "client.authentication.k8s.io/v1", but was asked in client.authentication.k8s.io/v1beta1"#);
    let missing = ExecConfig {
        command: Some("kubectl-sts-no-such-plugin".into()),
        install_hint: Some("brew install it\n".into()),
        ..script("")
    };
    assert_eq!(
        refuse(missing).await,
        "the credential plugin kubectl-sts-no-such-plugin is not installed\nbrew install it"
    );
    let asks = ExecConfig { interactive_mode: Some(ExecInteractiveMode::Always), ..script("") };
    insta::assert_snapshot!(refuse(asks).await, @"the credential plugin sh has to ask you something, and stdin is not a terminal");
}

#[tokio::test]
async fn one_that_hangs_is_stopped() {
    let mut plugin = plugin(script("exec sleep 1000")).unwrap();
    plugin.limit = Duration::from_millis(20);
    let words = plugin.run().await.err().unwrap().to_string();
    assert_eq!(
        words,
        "the credential plugin sh did not end within 0 s and was stopped: run it by hand"
    );
}

#[test]
fn a_kuberc_decides_which_plugins_run() {
    let scratch = Scratch::new();
    let login = scratch.write("bin/login", "");
    scratch.write("bin/other", "");
    let env = || Environment::default().with("PATH", scratch.path("bin"));
    let check = |kuberc: &str, command: &str| {
        scratch.write("kuberc", kuberc);
        let env = env().with("KUBERC", scratch.path("kuberc"));
        Policy::read(&env)
            .and_then(|policy| policy.check(command, &env))
            .map_err(|error| error.to_string())
    };
    let header = "apiVersion: kubectl.config.k8s.io/v1beta1\nkind: Preference\ndefaults: []\n";
    let list = |entry: &str| {
        format!(
            "{header}credentialPluginPolicy: Allowlist\ncredentialPluginAllowlist:\n- {entry}\n"
        )
    };
    assert_eq!(check(header, "login"), Ok(()));
    assert_eq!(check(&format!("{header}credentialPluginPolicy: AllowAll\n"), "login"), Ok(()));
    assert_eq!(check(&list("command: login"), "login"), Ok(()));
    assert_eq!(check(&list("name: login"), "login"), Ok(()));
    assert_eq!(check(&list(&format!("command: {}", login.display())), "login"), Ok(()));
    assert_eq!(check(&list("command: login"), login.to_str().unwrap()), Ok(()));
    insta::assert_snapshot!(check(&list("command: other"), "login").unwrap_err(), @"the credential plugin login is not in the credentialPluginAllowlist of your kuberc");
    insta::assert_snapshot!(check(&list("command: missing"), "missing").unwrap_err(), @"the credential plugin missing is not in the credentialPluginAllowlist of your kuberc");
    insta::assert_snapshot!(check(&format!("{header}credentialPluginPolicy: DenyAll\n"), "login").unwrap_err(), @"your kuberc denies all credential plugins, and this user needs login");
    insta::assert_snapshot!(check(&format!("{header}credentialPluginPolicy: Perhaps\n"), "login").unwrap_err(), @r#"the credentialPluginPolicy "Perhaps" of your kuberc is not known"#);

    assert!(Policy::read(&env().with("KUBERC", "off")).is_ok());
    assert!(Policy::read(&env().with("KUBERC", scratch.path("none"))).is_err());
    assert!(Policy::read(&env()).is_ok());
}
