use proptest::prelude::*;

use super::*;

#[test]
fn only_listed_fields_are_kept() {
    let info = Info::parse(
        "# Server\r\nredis_version:7.0.15\r\nconfig_file:/etc/secret.conf\r\nrole:slave\r\n\
         db0:keys=5,expires=0,avg_ttl=0\r\ndb12:keys=7,expires=1\r\ndbsize:3\r\n",
    );
    assert_eq!(info.version(), Some("7.0.15"));
    assert_eq!(info.keys(), Some(12));
    assert_eq!(info.get("config_file"), None);
    assert!(info.is_replica());
    assert_eq!(Info::default().keys(), None);
}

#[test]
fn valkey_is_told_from_redis() {
    let info = Info::parse("redis_version:7.2.4\r\nserver_name:valkey\r\nvalkey_version:9.1.2");
    assert_eq!((info.product(), info.version()), (Product::Valkey, Some("9.1.2")));
}

#[test]
fn a_password_is_no_setting() {
    let pairs = ["cluster-node-timeout", "15000", "masterauth", "sesame", "odd"];
    let settings = Info::settings(&pairs.map(str::to_owned));
    assert_eq!(settings.number("cluster-node-timeout"), Some(15000));
    assert_eq!(settings.get("masterauth"), None);
}

#[test]
fn modules_are_one_list_in_order() {
    let search = "module:name=search,ver=80602,api=1,filters=0,usedby=[],using=[ReJSON],options=[]";
    let bf = "module:name=bf,ver=80600,api=1,filters=0,usedby=[],using=[],options=[]";
    let modules = |text: &str| Info::parse(text).get(MODULES).map(str::to_owned);
    let both = format!("role:master\r\n\r\n# Modules\r\n{search}\r\n{bf}\r\n\r\n# Keyspace\r\n");
    assert_eq!(modules(&both).as_deref(), Some("bf=80600 search=80602"));
    assert_eq!(modules("# Modules\r\n\r\n# Cluster\r\n").as_deref(), Some(""));
    // Another section alone.
    assert_eq!(modules("# Stats\r\nevicted_keys:0\r\n"), None);
}

#[test]
fn cluster_state_is_ok_or_not() {
    let text = "cluster_state:ok\r\ncluster_size:3\r\ncluster_current_epoch:6\r\n";
    let state = ClusterState { is_ok: true, size: 3, epoch: Some(6), ..ClusterState::default() };
    assert_eq!(ClusterState::parse(text), Some(state));
    let text = "cluster_state:ok\r\ncluster_slot_migration_active_tasks:1\r\n\
                cluster_slot_migration_active_trim_running:1\r\n";
    let state =
        ClusterState { is_ok: true, moves: 1, is_trimming: true, ..ClusterState::default() };
    assert_eq!(ClusterState::parse(text), Some(state));
    assert_eq!(ClusterState::parse("hello"), None);
}

proptest! {
    #[test]
    fn no_text_makes_it_panic(text in "(.|\\n){0,300}") {
        let _ = Info::parse(&text).keys();
        let _ = ClusterState::parse(&text);
    }
}
