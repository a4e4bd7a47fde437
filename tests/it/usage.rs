//! Help, version, and words that are not understood.

use insta::assert_snapshot;

use crate::workstation::Workstation;

/// clap leaves blanks at the end of lines.
pub fn help(words: &str) -> String {
    let ran = Workstation::bare().run(words).to_string();
    ran.lines().map(str::trim_end).collect::<Vec<_>>().join("\n")
}

#[test]
fn help_of_everything() {
    assert_snapshot!(help("--help"), @r"
    Looks after StatefulSets that hold data

    Usage: kubectl sts [OPTIONS] <COMMAND>

    Commands:
      check       Check the health of StatefulSets, ordinal by ordinal
      completion  Complete names of sets, namespaces, rules and flags on TAB
      pvc         Show which claim, volume and node belongs to which ordinal, and which to nobody
      repair      Mend what check found in a database, without losing anything
      rollout     Replace pods one after the other, from the top, each waited for
      scale       Add or take away ordinals, one at a time, each waited for
      version     Print the version of this program and of the server

    Options:
      -h, --help     Print help
      -V, --version  Print version

    Cluster:
      -n, --namespace <NS>                Namespace; default: the one of the context
          --kubeconfig <FILE>             Path to the kubeconfig file
          --context <NAME>                Context of the kubeconfig
          --cluster <NAME>                Cluster of the kubeconfig
          --user <NAME>                   User of the kubeconfig
      -s, --server <URL>                  Address of the API server
          --token <TOKEN>                 Bearer token
          --as <USER>                     User to impersonate
          --as-group <GROUP>              Group to impersonate; may be given several times
          --as-uid <UID>                  UID to impersonate
          --certificate-authority <FILE>  File of the authority that signed the server's certificate
          --client-certificate <FILE>     File of the client certificate
          --client-key <FILE>             File of the client key
          --tls-server-name <NAME>        Name to expect in the server's certificate
          --insecure-skip-tls-verify      Do not check the server's certificate
          --request-timeout <TIME>        Longest wait for one answer of the server, such as 5s or 2m; 0
                                          waits for ever [default: 30s]
          --color <WHEN>                  When to colour what is printed [default: auto] [possible
                                          values: auto, always, never]
    [exit 0]
    ");
}

#[test]
fn help_of_check() {
    assert_snapshot!(help("check --help"), @r"
    Check the health of StatefulSets, ordinal by ordinal

    Reads the sets, what surrounds them, and the database that runs on them, and says what is wrong,
    why, and what to do next. Writes nothing to the cluster. Without a NAME it checks every set of the
    namespace.

    Exit codes: 0 healthy, 1 findings at or above --fail-on, 2 the question could not be answered, or
    not in full.

    Usage: kubectl sts check [OPTIONS] [NAME]...

    Arguments:
      [NAME]...
              Sets: NAME, sts/NAME or statefulset.apps/NAME

    Options:
      -A, --all-namespaces
              The sets of all namespaces, whatever -n says

      -l, --selector <LABELS>
              The sets with these labels

      -o, --output <OUTPUT>
              Format of the output

              Possible values:
              - table
              - wide:  The table with more columns
              - json
              - yaml

              [default: table]

          --fail-on <SEVERITY>
              Exit with 1 for findings of this severity and above

              [default: error]
              [possible values: error, warning, info, never]

          --for <scale=N|rollout|drain-node=NODE>
              What is to be done with the sets: say what would stand in its way, and exit with 1 if
              anything does

      -w, --watch
              Look again and again, and show what changes: drawn anew on a terminal, otherwise a report
              a change

          --list-rules
              List the rules instead of checking anything

          --engine <NAME>
              Database to ask

              Possible values:
              - auto:  The one that the pods show
              - none:  None: look at Kubernetes only
              - redis

              [default: auto]

          --username <NAME>
              User of the database; default: the one without a name

          --password-file <FILE>
              File with the database's password, or -; default: what the pods name, then $REDISCLI_AUTH

          --from <FILE>
              Check a file that --save or `kubectl get sts,pods,pvc,svc,pdb -o yaml` wrote; - is stdin

          --save <FILE>
              Write what was read to a file, without Secrets and values of variables; - is stdout

      -h, --help
              Print help (see a summary with '-h')

    Cluster:
      -n, --namespace <NS>
              Namespace; default: the one of the context

          --kubeconfig <FILE>
              Path to the kubeconfig file

          --context <NAME>
              Context of the kubeconfig

    Examples:
      kubectl sts check redis-cluster                      one set
      kubectl sts check -A                                 every set, a line each
      kubectl sts check -l app=redis -o json               for a script
      kubectl sts check redis-cluster --for scale=6        what stands in its way
      kubectl sts check redis-cluster --watch              keep looking
      kubectl sts check redis-cluster --save broken.yaml   keep what was read
      kubectl sts check redis-cluster --from broken.yaml   no cluster needed

    All flags that choose a cluster and a user: kubectl sts --help
    [exit 0]
    ");
}

#[test]
fn version() {
    assert_snapshot!(Workstation::bare().run("--version"), @r"
    kubectl-sts VERSION
    [exit 0]
    ");
}

#[test]
fn no_words_and_wrong_words() {
    let at = Workstation::bare();
    assert_eq!(at.run("").code(), Some(2));
    assert_snapshot!(at.run("chekc"), @r"
    [stderr]
    error: unrecognized subcommand 'chekc'

      tip: a similar subcommand exists: 'check'

    Usage: kubectl sts [OPTIONS] <COMMAND>

    For more information, try '--help'.
    [exit 2]
    ");
    assert_snapshot!(at.run("check --output=toml"), @r"
    [stderr]
    error: invalid value 'toml' for '--output <OUTPUT>'
      [possible values: table, wide, json, yaml]

    For more information, try '--help'.
    [exit 2]
    ");
    assert_snapshot!(at.run("check Ledger"), @r"
    [stderr]
    error: invalid value 'Ledger' for '[NAME]...': a StatefulSet's name has lower-case letters, digits, '-' and '.' only

    For more information, try '--help'.
    [exit 2]
    ");
}
