use std::path::PathBuf;

use secrecy::ExposeSecret;

use super::*;
use crate::cluster::tests::scratch::Scratch;

const TWO: &str = r#"
apiVersion: v1
kind: Config
current-context: prod-eu
contexts:
- name: prod-eu
  context: {cluster: eu, user: alice, namespace: shop}
- name: prod-us
  context: {cluster: us, user: bob}
- name: nobody
  context: {cluster: eu, user: ""}
- name: dangling
  context: {cluster: eu, user: gone}
clusters:
- name: eu
  cluster: {server: "https://eu.example:6443", certificate-authority: pki/ca.crt, tls-server-name: kubernetes}
- name: us
  cluster: {server: "https://us.example", insecure-skip-tls-verify: true}
users:
- name: alice
  user: {token: hunter2}
- name: bob
  user: {exec: {apiVersion: client.authentication.k8s.io/v1, command: ./login.sh, interactiveMode: Never}}
"#;

fn env(home: &Scratch) -> Environment {
    Environment { home: Some(home.path("")), ..Environment::default() }
}

/// A home with the two contexts above.
fn home() -> Scratch {
    let home = Scratch::new();
    home.write(".kube/config", TWO);
    home
}

fn find(home: &Scratch, options: &Options) -> Target {
    target(options, &env(home)).unwrap()
}

fn refuse(home: &Scratch, options: &Options) -> String {
    home.hide(&format!("{:#}", target(options, &env(home)).unwrap_err()))
}

fn some(text: &str) -> Option<String> {
    Some(text.to_owned())
}

#[test]
fn the_current_context_is_in_force() {
    let home = home();
    let target = find(&home, &Options::default());
    assert_eq!(target.context.as_deref(), Some("prod-eu"));
    assert_eq!(target.namespace, "shop");
    assert_eq!(target.cluster.server.as_deref(), Some("https://eu.example:6443"));
    assert_eq!(target.user.token.unwrap().expose_secret(), "hunter2");
    let authority = PathBuf::from(target.cluster.certificate_authority.unwrap());
    assert_eq!(authority, home.path(".kube/pki/ca.crt"));
}

#[test]
fn flags_choose_context_cluster_user_and_namespace() {
    let home = home();
    let target = find(&home, &Options { context: some("prod-us"), ..Options::default() });
    assert_eq!(target.namespace, "default");
    let command = PathBuf::from(target.user.exec.unwrap().command.unwrap());
    assert_eq!(command.file_name().unwrap(), "login.sh");
    assert!(command.starts_with(home.path(".kube")));

    let options = Options {
        cluster: some("us"),
        user: some("bob"),
        namespace: some("other"),
        ..Options::default()
    };
    let target = find(&home, &options);
    assert_eq!(target.context.as_deref(), Some("prod-eu"));
    assert_eq!(target.cluster.server.as_deref(), Some("https://us.example"));
    assert!(target.user.exec.is_some() && target.user.token.is_none());
    assert_eq!(target.namespace, "other");

    let target = find(&home, &Options { context: some("nobody"), ..Options::default() });
    assert!(target.user.token.is_none());
}

#[test]
fn unknown_names_are_refused_with_the_known_ones() {
    let home = home();
    let say = |options: Options| refuse(&home, &options);
    insta::assert_snapshot!(say(Options { context: some("prod-ue"), ..Options::default() }), @r#"no context "prod-ue" in DIR/.kube/config: known contexts are prod-us, prod-eu, dangling, nobody"#);
    insta::assert_snapshot!(say(Options { cluster: some("asia"), ..Options::default() }), @r#"no cluster "asia" in DIR/.kube/config: known clusters are eu, us"#);
    insta::assert_snapshot!(say(Options { user: some("eve"), ..Options::default() }), @r#"no user "eve" in DIR/.kube/config: known users are alice, bob"#);
    insta::assert_snapshot!(say(Options { context: some("dangling"), ..Options::default() }), @r#"no user "gone" in DIR/.kube/config: known users are alice, bob"#);
}

#[test]
fn no_kubeconfig_says_where_it_was_looked_for() {
    let home = Scratch::new();
    let say = |env: Environment, options: Options| {
        home.hide(&format!("{:#}", target(&options, &env).unwrap_err()))
    };
    insta::assert_snapshot!(say(env(&home), Options::default()), @"no kubeconfig found at DIR/.kube/config: set KUBECONFIG or pass --kubeconfig");
    insta::assert_snapshot!(say(Environment::default(), Options::default()), @"no kubeconfig: set KUBECONFIG or pass --kubeconfig");
    let list = std::env::join_paths([home.path("a"), home.path("b")]).unwrap();
    insta::assert_snapshot!(say(env(&home).with("KUBECONFIG", list), Options::default()), @"no kubeconfig found at DIR/a, DIR/b: set KUBECONFIG or pass --kubeconfig");
    let named = Options { kubeconfig: Some(home.path("a")), ..Options::default() };
    insta::assert_snapshot!(say(env(&home), named), @"the kubeconfig DIR/a does not exist");
    home.write(".kube/config", "");
    insta::assert_snapshot!(say(env(&home), Options::default()), @"the kubeconfig DIR/.kube/config names no cluster: set KUBECONFIG or pass --kubeconfig");
    home.write(".kube/config", "clusters: [{name: eu, cluster: {server: x}}]");
    insta::assert_snapshot!(say(env(&home), Options::default()), @"no current context in DIR/.kube/config: pass --context; it has no contexts");
}

#[test]
fn a_file_that_is_no_kubeconfig_is_not_quoted() {
    let home = Scratch::new();
    home.write(
        ".kube/config",
        "users:\n- name: a\n  user: {token: hunter2, tokenFile: [hunter2]}\n",
    );
    insta::assert_snapshot!(refuse(&home, &Options::default()), @"DIR/.kube/config is not a kubeconfig: look at line 3");
    home.write(".kube/config", "users: [hunter2");
    insta::assert_snapshot!(refuse(&home, &Options::default()), @"DIR/.kube/config is not a kubeconfig: look at line 1");
    let directory = Options { kubeconfig: Some(home.path(".kube")), ..Options::default() };
    insta::assert_snapshot!(refuse(&home, &directory), @"the kubeconfig DIR/.kube cannot be read: Is a directory (os error 21)");
}

#[test]
fn several_files_are_one_and_the_first_wins() {
    let home = Scratch::new();
    let first = home.write(
        "first",
        "current-context: ''\nclusters: [{name: eu, cluster: {server: 'https://first'}}]",
    );
    let list = std::env::join_paths([
        home.path("missing"),
        PathBuf::new(),
        first,
        home.write("second", TWO),
    ]);
    let env = env(&home).with("KUBECONFIG", list.unwrap());
    let target = target(&Options::default(), &env).unwrap();
    assert_eq!(target.context.as_deref(), Some("prod-eu"));
    assert_eq!(target.cluster.server.as_deref(), Some("https://first"));
    assert_eq!(target.user.token.unwrap().expose_secret(), "hunter2");
}

#[test]
fn flags_stand_above_the_cluster_of_the_kubeconfig() {
    let home = home();
    let target = find(&home, &Options { server: some("https://other"), ..Options::default() });
    assert_eq!(target.cluster.server.as_deref(), Some("https://other"));
    assert_eq!(target.cluster.tls_server_name, None);
    assert!(target.cluster.certificate_authority.is_some());

    let target = find(&home, &Options { insecure_skip_tls_verify: true, ..Options::default() });
    assert_eq!(target.cluster.insecure_skip_tls_verify, Some(true));
    assert_eq!(target.cluster.certificate_authority, None);

    let options = Options {
        context: some("prod-us"),
        certificate_authority: Some("/ca".into()),
        tls_server_name: some("name"),
        ..Options::default()
    };
    let target = find(&home, &options);
    assert_eq!(target.cluster.insecure_skip_tls_verify, Some(false));
    assert_eq!(target.cluster.certificate_authority.as_deref(), Some("/ca"));
    assert_eq!(target.cluster.tls_server_name.as_deref(), Some("name"));
}

#[test]
fn who_is_known_already_is_not_asked_to_log_in() {
    let home = home();
    let us = || Options { context: some("prod-us"), ..Options::default() };
    let target = find(&home, &Options { token: Some("t".to_owned().into()), ..us() });
    assert!(target.user.exec.is_none() && target.user.token.is_some());
    let options =
        Options { client_certificate: Some("/c".into()), client_key: Some("/k".into()), ..us() };
    assert!(find(&home, &options).user.exec.is_none());
}

#[test]
fn flags_that_do_not_fit_are_refused() {
    let home = home();
    let say = |options: Options| refuse(&home, &options);
    insta::assert_snapshot!(say(Options { as_groups: vec!["g".to_owned()], ..Options::default() }), @"--as-group and --as-uid need --as");
    insta::assert_snapshot!(say(Options { client_certificate: Some("/c".into()), ..Options::default() }), @"a client certificate and its key go together: only one of the two is set");
    insta::assert_snapshot!(say(Options { namespace: some("a/b"), ..Options::default() }), @r#""a/b" is not the name of a namespace"#);
    let both = Options {
        insecure_skip_tls_verify: true,
        certificate_authority: Some("/ca".into()),
        ..Options::default()
    };
    insta::assert_snapshot!(say(both), @"a certificate authority and insecure-skip-tls-verify exclude each other");
}

#[test]
fn a_server_alone_is_enough() {
    let home = Scratch::new();
    let target = find(&home, &Options { server: some("localhost:8080"), ..Options::default() });
    assert_eq!((target.context, target.namespace.as_str()), (None, "default"));
}

#[test]
fn a_pod_has_its_own_cluster() {
    let home = Scratch::new();
    home.write("sa/token", "t");
    home.write("sa/namespace", "shop\n");
    let pod = || {
        let env = Environment { service_account: home.path("sa"), ..env(&home) };
        env.with("KUBERNETES_SERVICE_HOST", "fd00::1").with("KUBERNETES_SERVICE_PORT", "443")
    };
    let found = target(&Options::default(), &pod()).unwrap();
    assert_eq!((found.context, found.namespace.as_str()), (None, "shop"));
    assert_eq!(found.cluster.server.as_deref(), Some("https://[fd00::1]:443"));
    assert_eq!(PathBuf::from(found.user.token_file.unwrap()), home.path("sa/token"));

    let found = target(&Options::default(), &pod().with("POD_NAMESPACE", "own")).unwrap();
    assert_eq!(found.namespace, "own");
    let named = Options { namespace: some("other"), ..Options::default() };
    assert_eq!(target(&named, &pod()).unwrap().namespace, "other");

    let elsewhere = Options { context: some("prod"), ..Options::default() };
    assert!(target(&elsewhere, &pod()).is_err());
    home.write(".kube/config", TWO);
    let us = Options { context: some("prod-us"), ..Options::default() };
    let found = target(&us, &pod()).unwrap();
    assert_eq!(found.cluster.server.as_deref(), Some("https://us.example"));
    assert_eq!(found.namespace, "shop");
}

#[test]
fn names_are_those_of_all_files() {
    let home = home();
    let named = named::named_in(None, &env(&home)).unwrap();
    let contexts: Vec<_> = named.contexts.iter().map(|it| it.name.as_str()).collect();
    assert_eq!(contexts, ["prod-eu", "prod-us", "nobody", "dangling"]);
    assert_eq!(named.contexts[0].cluster, "eu");
    assert_eq!(named.contexts[0].namespace, some("shop"));
    assert_eq!(named.contexts[1].namespace, None);
    assert_eq!(
        (named.clusters, named.users),
        (vec!["eu".into(), "us".into()], vec!["alice".into(), "bob".into()])
    );
    assert_eq!(named::named_in(Some(&home.path("none")), &env(&home)), None);
    assert_eq!(named::named_in(None, &env(&Scratch::new())), Some(Named::default()));
}
