use proptest::prelude::*;

use super::*;

const REDIS_7_0: &str = "\
60b51709f354057f8023d335a4180d0a0eb18b29 127.0.0.1:7206@17206 slave cb9b252b5f5d0c5ded1428805daff03b09830490 0 1795401949500 3 connected
74ae153cc79bdeb7b8ee416c9815f59e91b905ff 127.0.0.1:7201@17201 myself,master - 0 1795401949000 1 connected 0-5460 [12705->-fe93c8185b9f64ab02d086e81313a36edd6b748b] [77-<-fe93c8185b9f64ab02d086e81313a36edd6b748b]
fe93c8185b9f64ab02d086e81313a36edd6b748b 127.0.0.1:7202@17202 master,fail? - 1795401949001 1795401950000 2 disconnected 5461-10922 16000
";

const VALKEY_9_1: &str = "\
07c37dfeb235213a872192d90877d0cd55635b91 127.0.0.1:30004@31004,hostname4,shard-id=69bc080733d1355567173199cff4a6a039a2f024 slave e7d1eecce10fd6bb5eb35b9f99a514335d9ba9ca 0 1426238317239 4 connected\r
e7d1eecce10fd6bb5eb35b9f99a514335d9ba9ca fd00::1:30001@31001,,shard-id=69bc080733d1355567173199cff4a6a039a2f024 myself,master,nofailover - 0 0 1 connected 0-5460\r
824fe116063bc5fcf9f4ffd895bc17aee7731ac3 :0@0 master,fail,noaddr - 1426238316232 1426238316232 6 disconnected\r
6ec23923021cf3ffec47632106199cb7f496ce01 10.0.0.9:30005@31005 handshake - 1426238317741 0 0 disconnected\r
";

#[test]
fn redis_7_0_is_understood() {
    let nodes = parse(REDIS_7_0).expect("real text");
    assert_eq!(nodes.len(), 3);
    assert_eq!(nodes[0].flags.role, Some(Role::Replica));
    assert_eq!(nodes[0].primary.as_deref(), Some("cb9b252b5f5d0c5ded1428805daff03b09830490"));
    assert!(nodes[1].flags.is_myself);
    assert_eq!(nodes[1].slots.to_string(), "0-5460");
    let other = "fe93c8185b9f64ab02d086e81313a36edd6b748b".to_owned();
    assert_eq!(
        nodes[1].open,
        [
            Open::Migrating { slot: 12705, to: other.clone() },
            Open::Importing { slot: 77, from: other }
        ]
    );
    assert!(nodes[2].flags.is_suspected && !nodes[2].flags.has_failed && !nodes[2].is_connected);
    assert_eq!(nodes[2].slots.count(), 5463);
}

#[test]
fn valkey_9_is_understood() {
    let nodes = parse(VALKEY_9_1).expect("real text");
    assert_eq!(nodes[0].address.hostname.as_deref(), Some("hostname4"));
    assert_eq!(nodes[1].address.ip.as_deref(), Some("fd00::1"));
    assert_eq!(nodes[1].address.to_string(), "[fd00::1]:30001");
    assert_eq!(nodes[1].address.hostname, None);
    assert!(nodes[1].flags.never_promoted);
    assert!(nodes[2].flags.has_failed && nodes[2].flags.has_no_address);
    assert_eq!(nodes[2].address.ip, None);
    assert!(nodes[3].flags.is_handshake);
    assert_eq!(nodes[3].flags.role, None);
}

#[test]
fn a_line_that_is_none_is_an_error() {
    for text in ["hello", "74ae153cc79bdeb7b8ee416c9815f59e91b905ff", "x y z", "-ERR unknown"] {
        assert!(parse(text).is_err(), "{text}");
    }
    assert_eq!(parse(""), Ok(Vec::new()));
}

proptest! {
    #[test]
    fn no_text_makes_it_panic(text in ".{0,300}", line in "[0-9a-f]{40} [0-9.:@,a-z-]{0,30} [a-z,?]{0,20} - [0-9]{1,20} [0-9]{1,20} [0-9]{1,20} (dis)?connected [0-9<>\\[\\]-]{0,20}") {
        let _ = parse(&text);
        let _ = parse(&line);
    }

    #[test]
    fn a_generated_line_is_read_back(
        id in "[0-9a-f]{40}",
        ip in prop_oneof!["10\\.0\\.[0-9]\\.[0-9]", "fd00::[1-9]", Just(String::new())],
        port in 1..u16::MAX,
        epoch in 0..u64::MAX,
        pong in 0..u64::MAX,
        slots in proptest::collection::vec(0..16384_u16, 0..20),
        failed in any::<bool>(),
        connected in any::<bool>(),
    ) {
        let slots: Slots = slots.into_iter().collect();
        let line = format!(
            "{id} {ip}:{port}@{port} {} - 0 {pong} {epoch} {} {}",
            if failed { "master,fail" } else { "master" },
            if connected { "connected" } else { "disconnected" },
            slots.ranges().join(" "),
        );
        let nodes = parse(&line).expect("a line as Redis writes it");
        prop_assert_eq!(nodes.len(), 1);
        let node = &nodes[0];
        prop_assert_eq!(&node.id, &id);
        prop_assert_eq!(node.address.ip.clone().unwrap_or_default(), ip);
        prop_assert_eq!(node.address.port, port);
        prop_assert_eq!(node.epoch, epoch);
        prop_assert_eq!(node.pong_received, pong);
        prop_assert_eq!(&node.slots, &slots);
        prop_assert_eq!(node.flags.has_failed, failed);
        prop_assert_eq!(node.is_connected, connected);
    }
}
