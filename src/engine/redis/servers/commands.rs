//! What a server does when it is told to.

use std::collections::BTreeMap;

use super::state::{Server, State};
use super::text::{bulk, error, integer, list, nil, ok};

type Answer = Vec<u8>;

impl State {
    pub fn answer(&mut self, uid: &str, words: &[Vec<u8>]) -> Answer {
        let text: Vec<String> =
            words.iter().map(|word| String::from_utf8_lossy(word).into_owned()).collect();
        let text: Vec<&str> = text.iter().map(String::as_str).collect();
        self.moment();
        if !self.servers.contains_key(uid) {
            return error("ERR gone");
        }
        let has_asked = std::mem::take(&mut self.me(uid).asking);
        let Some(server) = self.servers.get(uid) else { return error("ERR gone") };
        match text.as_slice() {
            ["INFO", ..] => bulk(self.info(server).as_bytes()),
            ["CLUSTER", "MYID"] => bulk(server.id.as_bytes()),
            ["CLUSTER", "INFO"] => bulk(self.cluster_info(server).as_bytes()),
            ["CLUSTER", "NODES"] => bulk(self.nodes(server).as_bytes()),
            ["CLUSTER", "MIGRATION", "STATUS", "ALL"] if self.moves_slots() => self.moves(server),
            ["CONFIG", "GET", "cluster-*"] => {
                let value = if server.migrates { "yes" } else { "no" };
                let pairs =
                    ["cluster-allow-replica-migration", value, "cluster-node-timeout", "5000"];
                list(pairs.iter().map(|it| it.as_bytes()))
            }
            ["CONFIG", "GET", _] => list([].into_iter()),
            ["DBSIZE"] => integer(server.keys.values().map(BTreeMap::len).sum()),
            ["CLUSTER", "COUNTKEYSINSLOT", slot] => {
                integer(server.keys.get(&number(slot)).map_or(0, BTreeMap::len))
            }
            ["CLUSTER", "GETKEYSINSLOT", slot, most] => {
                let keys = server.keys.get(&number(slot));
                let most = usize::from(number(most));
                let keys: Vec<&[u8]> = keys
                    .into_iter()
                    .flat_map(BTreeMap::keys)
                    .take(most)
                    .map(Vec::as_slice)
                    .collect();
                list(keys.into_iter())
            }
            ["MEMORY", "USAGE", _] | ["DUMP" | "HGETALL" | "SMEMBERS", _] => {
                let key = words.last().expect("a key");
                match server.find(key, has_asked) {
                    Ok(value) => said_of(text[0], value),
                    Err(elsewhere) => error(&elsewhere),
                }
            }
            ["ASKING"] => {
                self.me(uid).asking = true;
                ok()
            }
            ["MIGRATE", ip, .., key] if text.contains(&"COPY") => self.copy(ip, key),
            ["FUNCTION", "DUMP"] => bulk(server.functions.to_string().as_bytes()),
            ["TIME"] => list([b"0".as_slice(), b"0"].into_iter()),
            _ => {
                self.writes += 1;
                self.change(uid, &text, words)
            }
        }
    }

    fn change(&mut self, uid: &str, text: &[&str], words: &[Vec<u8>]) -> Answer {
        let (id, primary) = (self.me(uid).id.clone(), self.me(uid).primary.clone());
        let is_replica = primary.is_some();
        match text {
            ["CLUSTER", "SETSLOT", ..] if is_replica => {
                error("ERR Please use SETSLOT only with masters.")
            }
            ["CLUSTER", "SETSLOT", slot, ..] if self.is_moving(number(slot)) => {
                error(&format!("ERR Slot {slot} is currently in an active atomic slot migration."))
            }
            ["CLUSTER", "SETSLOT", slot, "IMPORTING", from] => {
                let slot = number(slot);
                if self.me(uid).slots.contains(&slot) {
                    return error(&format!("ERR I'm already the owner of hash slot {slot}"));
                }
                self.me(uid).importing.insert(slot, (*from).to_owned());
                ok()
            }
            ["CLUSTER", "SETSLOT", slot, "MIGRATING", to] => {
                let slot = number(slot);
                if !self.me(uid).slots.contains(&slot) {
                    return error(&format!("ERR I'm not the owner of hash slot {slot}"));
                }
                self.me(uid).migrating.insert(slot, (*to).to_owned());
                ok()
            }
            ["CLUSTER", "SETSLOT", slot, "STABLE"] => {
                let me = self.me(uid);
                me.importing.remove(&number(slot));
                me.migrating.remove(&number(slot));
                ok()
            }
            ["CLUSTER", "SETSLOT", slot, "NODE", to] => {
                let slot = number(slot);
                let (owns, has_keys) =
                    (self.me(uid).slots.contains(&slot), self.me(uid).keys.contains_key(&slot));
                if *to == id {
                    if !owns {
                        self.taken(slot, to);
                    }
                    self.me(uid).importing.remove(&slot);
                } else if owns && has_keys {
                    return error(
                        "ERR Can't assign hashslot to a different node while I still hold keys for it.",
                    );
                } else {
                    self.me(uid).migrating.remove(&slot);
                }
                ok()
            }
            ["CLUSTER", "MIGRATION", "IMPORT", bounds @ ..] if self.moves_slots() => {
                self.import(uid, bounds)
            }
            ["MIGRATE", ip, ..] => self.migrate(uid, ip, text, words),
            ["CLUSTER", "MEET", ip, ..] => self.meet(uid, ip),
            ["CLUSTER", "FORGET", other] => {
                if primary.as_deref() == Some(*other) {
                    return error("ERR Can't forget my master!");
                }
                let is_known = self.me(uid).known.remove(*other);
                if is_known { ok() } else { error(&format!("ERR Unknown node {other}")) }
            }
            ["CLUSTER", "REPLICATE", other] => self.replicate(uid, other),
            ["CLUSTER", "FAILOVER"] => self.fail_over(uid, &id, primary),
            ["CLUSTER", "RESET", "HARD"] => {
                if !is_replica && (self.me(uid).trims > 0 || !self.me(uid).keys.is_empty()) {
                    return error(
                        "ERR CLUSTER RESET can't be called with master nodes containing keys",
                    );
                }
                let id = self.new_id();
                self.reset(uid, Some(id))
            }
            ["CLUSTER", "RESET", "SOFT"] => self.reset(uid, None),
            ["FLUSHALL"] => {
                assert!(self.me(uid).known.is_empty(), "FLUSHALL on a member");
                self.me(uid).keys.clear();
                ok()
            }
            ["SAVE"] => ok(),
            ["FUNCTION", "RESTORE", all, "FLUSH"] => self.load(&id, all.parse().expect("a dump")),
            ["FUNCTION", "FLUSH"] => self.load(&id, 0),
            ["CONFIG", "SET", _, value] => {
                self.me(uid).migrates = *value == "yes";
                ok()
            }
            other => error(&format!("ERR unknown command {other:?}")),
        }
    }

    fn replicate(&mut self, uid: &str, other: &str) -> Answer {
        // They come with its first copy.
        let functions = self.by_id(other).map_or(0, |it| it.functions);
        let me = self.me(uid);
        let is_empty = me.slots.is_empty() && me.keys.is_empty() && me.trims == 0;
        if me.primary.is_none() && !is_empty {
            return error("ERR To set a master the node must be empty and without assigned slots.");
        }
        me.primary = Some(other.to_owned());
        me.keys.clear();
        me.functions = functions;
        ok()
    }

    /// A primary and its replicas have so many functions.
    fn load(&mut self, id: &str, functions: u64) -> Answer {
        let has = |it: &&mut Server| it.id == id || it.primary.as_deref() == Some(id);
        self.servers.values_mut().filter(has).for_each(|it| it.functions = functions);
        ok()
    }

    fn reset(&mut self, uid: &str, id: Option<String>) -> Answer {
        let me = self.me(uid);
        *me = Server {
            ordinal: me.ordinal,
            ip: me.ip.clone(),
            migrates: me.migrates,
            functions: if me.primary.is_some() { 0 } else { me.functions },
            id: id.unwrap_or_else(|| me.id.clone()),
            ..Server::default()
        };
        ok()
    }

    pub(super) fn me(&mut self, uid: &str) -> &mut Server {
        self.servers.get_mut(uid).expect("it answers")
    }

    /// The keys that it has go to the other side, and are gone here.
    fn migrate(&mut self, uid: &str, ip: &str, text: &[&str], words: &[Vec<u8>]) -> Answer {
        let replaces = text.contains(&"REPLACE");
        let at = text.iter().position(|it| *it == "KEYS").expect("keys");
        let Some(to) = self.servers.iter().find(|(_, it)| it.ip == ip).map(|(uid, _)| uid.clone())
        else {
            return error("IOERR error or timeout connecting to the client");
        };
        let mut moved = false;
        for key in &words[at + 1..] {
            let me = self.me(uid);
            let found =
                me.keys.iter().find(|(_, keys)| keys.contains_key(key)).map(|(slot, _)| *slot);
            let Some(slot) = found else { continue };
            let value = me.keys[&slot][key].clone();
            let other = self.me(&to).keys.entry(slot).or_default();
            if other.contains_key(key) && !replaces {
                let words = "ERR Target instance replied with error: BUSYKEY";
                return error(&format!("{words} Target key name already exists."));
            }
            other.insert(key.clone(), value);
            let me = self.me(uid);
            let keys = me.keys.get_mut(&slot).expect("found");
            keys.remove(key);
            if keys.is_empty() {
                me.keys.remove(&slot);
            }
            moved = true;
        }
        if moved { ok() } else { b"+NOKEY\r\n".to_vec() }
    }

    /// With `COPY`, to one that does not have the slot.
    fn copy(&self, ip: &str, key: &str) -> Answer {
        let slot = slot_of(key);
        match self.servers.values().find(|it| it.ip == ip) {
            None => error("IOERR error or timeout connecting to the client"),
            Some(to) if to.importing.contains_key(&slot) => panic!("a copy of {key} stays there"),
            Some(_) => error("ERR Target instance replied with error: MOVED"),
        }
    }

    /// Both, and all whom they know, know each other.
    fn meet(&mut self, uid: &str, ip: &str) -> Answer {
        let host = self.me(uid).id.clone();
        let Some(other) = self.servers.values().find(|it| it.ip == ip).map(|it| it.id.clone())
        else {
            return ok();
        };
        let known =
            |state: &Self, id: &str| state.by_id(id).map(|it| it.known.clone()).unwrap_or_default();
        let mut all = known(self, &host);
        all.extend(known(self, &other));
        all.extend([host, other]);
        for id in &all {
            let others = all.iter().filter(|it| *it != id).cloned().collect();
            if let Some(server) = self.by_id_mut(id) {
                server.known = others;
            }
        }
        ok()
    }

    fn fail_over(&mut self, uid: &str, id: &str, primary: Option<String>) -> Answer {
        let Some(primary) = primary else {
            return error("ERR You should send CLUSTER FAILOVER to a replica");
        };
        let Some(old) = self.by_id_mut(&primary) else {
            return error("ERR Master is down or failed, please use CLUSTER FAILOVER FORCE");
        };
        let (slots, keys) = (std::mem::take(&mut old.slots), std::mem::take(&mut old.keys));
        // Open slots are not replicated (redis#6339).
        old.migrating.clear();
        old.importing.clear();
        for other in self.servers.values_mut() {
            if other.id == primary || other.primary.as_ref() == Some(&primary) {
                other.primary = Some(id.to_owned());
            }
        }
        let epoch = self.servers.values().map(|it| it.epoch).max().unwrap_or_default() + 1;
        let me = self.me(uid);
        (me.slots, me.keys, me.primary, me.epoch) = (slots, keys, None, epoch);
        ok()
    }
}

/// What is like `hash:a,1,b,2` is a hash, and everything else a string.
fn said_of(command: &str, value: Option<&Vec<u8>>) -> Answer {
    let hash = value.and_then(|it| it.strip_prefix(b"hash:"));
    match (command, value, hash) {
        ("MEMORY", Some(_), _) => integer(100),
        ("DUMP", Some(value), _) => bulk(value),
        ("HGETALL", _, Some(fields)) => {
            list(fields.split(|it| *it == b',').collect::<Vec<_>>().into_iter())
        }
        ("HGETALL" | "SMEMBERS", Some(_), _) => error("WRONGTYPE Operation against a key"),
        ("HGETALL" | "SMEMBERS", None, _) => list([].into_iter()),
        _ => nil(),
    }
}

impl Server {
    /// None where it has no such key; errs where another is to be asked (`getNodeByQuery` in `cluster.c`).
    fn find(&self, key: &[u8], has_asked: bool) -> Result<Option<&Vec<u8>>, String> {
        let slot = slot_of(&String::from_utf8_lossy(key));
        let value = self.keys.get(&slot).and_then(|keys| keys.get(key));
        if self.slots.contains(&slot) {
            let is_sent_on = value.is_none() && self.migrating.contains_key(&slot);
            return if is_sent_on { Err(format!("ASK {slot} 10.0.0.1:6379")) } else { Ok(value) };
        }
        let is_let_in = has_asked && self.importing.contains_key(&slot);
        if is_let_in { Ok(value) } else { Err(format!("MOVED {slot} 10.0.0.1:6379")) }
    }
}

/// Keys of the model begin with it.
fn slot_of(key: &str) -> u16 {
    number(key.split('-').next().unwrap_or_default())
}

pub(super) fn number(text: &str) -> u16 {
    text.parse().expect("a number")
}
