//! `-o json`: the contract of docs/check.schema.json, kept by what the binary prints.

use serde_json::Value;

use crate::api::{Answer, Api};
use crate::workstation::{Ran, Workstation};
use crate::world::World;

fn valid(ran: &Ran) -> Value {
    let schema = serde_json::from_str(include_str!("../../../docs/check.schema.json")).unwrap();
    let validator = jsonschema::validator_for(&schema).expect("a schema");
    let report: Value = serde_json::from_str(&ran.stdout).expect("JSON and nothing else");
    let errors: Vec<String> = validator.iter_errors(&report).map(|e| e.to_string()).collect();
    assert_eq!(errors, [""; 0], "{ran}");
    assert!(!validator.is_valid(&Value::Array(Vec::new())), "it is a schema that can say no");
    report
}

#[test]
fn every_kind_of_report_keeps_the_schema() {
    let forbidden = Answer::refusal(403, "Forbidden", "no");
    let broken = World::healthy().with_a_crash_loop();
    for (answers, words, code) in [
        (World::healthy().answers(), "check ledger -o json", 0),
        (broken.answers(), "check ledger -o json", 1),
        (broken.and("warehouse", "orders", 2).answers(), "check -A -o json", 1),
        (World::healthy().answers_but("nodes", &forbidden), "check -o json", 0),
        (World::healthy().answers_but("pods", &forbidden), "check -o json", 2),
    ] {
        let ran = Workstation::at(Api::start(answers, &[])).run(words);
        assert_eq!((ran.code(), ran.stderr.as_str()), (Some(code), ""), "{words}: {ran}");
        valid(&ran);
    }
}

#[test]
fn yaml_is_the_same_value() {
    let at = Workstation::of(&World::healthy().with_a_crash_loop());
    let json = valid(&at.run("check ledger -o json"));
    let yaml: Value = serde_saphyr::from_str(&at.run("check ledger -o yaml").stdout).unwrap();
    assert_eq!(yaml, json);
}

#[test]
fn an_error_prints_no_report() {
    let ran = Workstation::of(&World::healthy()).run("check nobody -o json");
    assert_eq!((ran.code(), ran.stdout.as_str()), (Some(2), ""), "{ran}");
}
