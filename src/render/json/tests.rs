//! The contract: real output fits the schema, and the schema and its page are the ones that are published.

use std::path::Path;

use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde_json::Value as Json;

use super::claims::Claims;
use super::revisions::{RolloutHistory, RolloutStatus, RolloutTemplate};
use super::version::Version;
use super::{CheckReport, json, yaml};
use crate::render::example::{broken, fine, headline, plain, unanswered};
use crate::render::plan::lines::{EndLine, EventLine, PlanLine};
use crate::render::{Look, Scope, check};
use crate::report::Report;

const PAGE: &str = "docs/json.md";
const BEGIN: &str = "<!-- from the schema: UPDATE=1 cargo test -->\n";

fn schema_of<T: JsonSchema>() -> Json {
    let generator = SchemaSettings::draft2020_12().for_serialize().into_generator();
    generator.into_root_schema_for::<T>().to_value()
}

/// Everything that is printed as JSON: the file of its schema, its name and the schema.
fn published_schemas() -> [(&'static str, &'static str, Json); 9] {
    [
        ("check", "CheckReport", schema_of::<CheckReport>()),
        ("pvc", "Claims", schema_of::<Claims>()),
        ("plan", "Plan", schema_of::<PlanLine>()),
        ("event", "Event", schema_of::<EventLine>()),
        ("end", "End", schema_of::<EndLine>()),
        ("rollout-status", "RolloutStatus", schema_of::<RolloutStatus>()),
        ("rollout-history", "RolloutHistory", schema_of::<RolloutHistory>()),
        ("rollout-template", "RolloutTemplate", schema_of::<RolloutTemplate>()),
        ("version", "Version", schema_of::<Version>()),
    ]
}

pub(in crate::render) fn fits<T: JsonSchema>(text: &str) {
    let validator = jsonschema::validator_for(&schema_of::<T>()).expect("a schema");
    let value: Json = serde_json::from_str(text).expect("is JSON");
    let errors: Vec<String> =
        validator.iter_errors(&value).map(|e| format!("{}: {e}", e.instance_path)).collect();
    assert_eq!(errors, Vec::<String>::new());
}

fn parsed(reports: &[Report]) -> Json {
    serde_json::from_str(&json(reports).expect("serializes")).expect("is JSON")
}

/// A report whose database answers with what a terminal would obey and a YAML parser mistake.
fn hostile(letters: &str) -> Report {
    let mut report = broken();
    let words = [
        "yes",
        "no",
        "1_000",
        "0x1f",
        "~",
        "null",
        "1e3",
        "- a",
        "a: b #c",
        " x ",
        "",
        "\x1b[2J",
        "\u{9b}\u{7f}",
        letters,
        "a\nb\r\n\tc",
        "12:30:45",
        "'\"\\",
    ];
    if let Some(headline) = headline(&mut report) {
        headline.facts[0].2 = crate::model::Value::List(words.map(str::to_owned).to_vec());
        headline.title = "no".into();
    }
    report
}

#[test]
fn reports_fit_the_schema() {
    let reports = [fine(), broken(), unanswered(), plain("web", "shop", None), hostile("\u{202e}")];
    fits::<CheckReport>(&json(&reports).expect("serializes"));
}

#[test]
fn what_was_not_read_is_null_and_not_empty() {
    let mut report = unanswered();
    report.now.pods = Err(crate::model::Unread::not_asked("list pods"));
    let set = &parsed(&[report])["sets"][0];
    assert_eq!(set["complete"], false);
    assert_eq!(set["verdict"], "unknown");
    assert_eq!(set["ordinals"], Json::Null);
    assert_eq!(set["ready"], Json::Null);
    assert_eq!(set["otherMembers"], Json::Null);
    assert_eq!(set["unread"][0]["reason"], "cannot list pods: not part of the input");
    assert_eq!(set["notRun"][0]["missing"]["resource"], "nodes");
}

#[test]
fn a_fix_is_the_command_that_is_printed() {
    let fix = &parsed(&[broken()])["sets"][0]["findings"][0]["fix"][0];
    let words: Vec<&str> = fix.as_array().expect("words").iter().filter_map(Json::as_str).collect();
    assert_eq!(words.join(" "), "kubectl sts repair redis --context prod-eu -n shop");
    let text = check(&[broken()], Scope::Named, false, Look::default());
    assert!(text.contains(&words.join(" ")));
}

#[test]
fn values_keep_their_types() {
    let report = parsed(&[broken()]);
    let set = &report["sets"][0];
    assert_eq!(set["engine"]["facts"]["keys"], 353_429);
    assert_eq!(set["ordinals"][3]["member"]["cells"]["lag"], 0);
    assert_eq!(set["findings"][0]["evidence"]["back_off"], 40);
    assert_eq!(set["findings"][0]["since"], "2026-11-22T11:56:48Z");
    assert_eq!(set["otherMembers"][0]["id"], "ghost");
}

#[test]
fn every_text_survives_json_and_yaml_and_harms_no_terminal() {
    for letters in ["", "\u{202e}\u{feff}\u{2028}"] {
        let reports = [hostile(letters)];
        let value = serde_json::to_value(CheckReport::from(&reports[..])).expect("serializes");
        assert_eq!(parsed(&reports), value);
        let yaml = yaml(&reports).expect("serializes");
        assert_eq!(serde_saphyr::from_str::<Json>(&yaml).expect("is YAML"), value);
        for text in [json(&reports).expect("serializes"), yaml] {
            let raw: Vec<char> = text.chars().filter(|c| super::written::obeyed(*c)).collect();
            assert!(raw.is_empty(), "{raw:?} in {text}");
        }
    }
}

#[test]
fn yaml_quotes_what_other_parsers_take_for_something_else() {
    let text = yaml(&[hostile("")]).expect("serializes");
    for line in ["- \"yes\"", "- \"no\"", "- \"1_000\"", "- \"12:30:45\"", "title: \"no\""] {
        assert!(text.lines().any(|found| found.trim() == line), "{line} in {text}");
    }
}

#[test]
fn the_schemas_and_their_page_are_up_to_date() {
    let schemas = published_schemas();
    let mut text = String::new();
    let mut shown = Vec::new();
    for (file, name, schema) in &schemas {
        let written = serde_json::to_string_pretty(schema).expect("serializes") + "\n";
        published(&format!("docs/{file}.schema.json"), &written);
        text += &fields(name, schema, &mut shown);
    }
    let page = std::fs::read_to_string(path(PAGE)).expect("a page");
    let (written, _) = page.split_once(BEGIN).expect("a place for the fields");
    published(PAGE, &format!("{written}{BEGIN}{text}"));
}

fn path(file: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(file)
}

fn published(file: &str, expected: &str) {
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(path(file), expected).expect("writes");
    }
    let found = std::fs::read_to_string(path(file)).unwrap_or_default();
    assert!(found == expected, "{file} is not up to date: run `UPDATE=1 cargo test`");
}

/// A section for each type that was not shown yet, in the order in which a reader meets them.
fn fields(name: &str, schema: &Json, shown: &mut Vec<String>) -> String {
    let mut text = section(name, schema);
    let mut names: Vec<&str> = Vec::new();
    meet(schema, schema, &mut names);
    for name in names {
        if !shown.iter().any(|known| known == name) {
            shown.push(name.to_owned());
            text += &section(name, &schema["$defs"][name]);
        }
    }
    text
}

fn meet<'a>(all: &'a Json, part: &'a Json, names: &mut Vec<&'a str>) {
    let mut new = Vec::new();
    references(part, &mut new);
    for name in new {
        if !names.contains(&name) {
            names.push(name);
            meet(all, &all["$defs"][name], names);
        }
    }
}

fn references<'a>(part: &'a Json, found: &mut Vec<&'a str>) {
    match part {
        Json::Object(fields) => {
            for (key, value) in fields.iter().filter(|(key, _)| *key != "$defs") {
                match value.as_str().and_then(|it| it.strip_prefix("#/$defs/")) {
                    Some(name) if key == "$ref" => found.push(name),
                    _ => references(value, found),
                }
            }
        }
        Json::Array(items) => items.iter().for_each(|item| references(item, found)),
        _ => {}
    }
}

fn section(name: &str, schema: &Json) -> String {
    let mut lines = vec![String::new(), format!("## {name}"), String::new(), about(schema)];
    if let Some(words) = schema["enum"].as_array() {
        let words: Vec<String> =
            words.iter().filter_map(Json::as_str).map(|word| format!("`{word}`")).collect();
        lines.extend([String::new(), format!("One of {}.", words.join(", "))]);
    }
    if let Some(properties) = schema["properties"].as_object() {
        lines.extend(["", "| field | type | |", "|---|---|---|"].map(str::to_owned));
        lines.extend(properties.iter().map(|(field, schema)| {
            format!("| `{field}` | {} | {} |", kind(schema), about(schema))
        }));
    }
    lines.join("\n") + "\n"
}

fn about(schema: &Json) -> String {
    schema["description"].as_str().unwrap_or_default().replace('\n', " ")
}

fn kind(schema: &Json) -> String {
    if let Some(name) = schema["$ref"].as_str() {
        let name = name.trim_start_matches("#/$defs/");
        return format!("[{name}](#{})", name.to_lowercase());
    }
    if let Some(any) = schema["anyOf"].as_array() {
        return any.iter().map(kind).collect::<Vec<_>>().join(" or ");
    }
    match &schema["type"] {
        Json::Array(kinds) => {
            let of = |kind: &Json| {
                let mut one = schema.clone();
                one["type"] = kind.clone();
                self::kind(&one)
            };
            kinds.iter().map(of).collect::<Vec<_>>().join(" or ")
        }
        Json::String(kind) if kind == "array" => {
            format!("list of {}", self::kind(&schema["items"]))
        }
        Json::String(kind) if kind == "object" => {
            format!("map of name to {}", self::kind(&schema["additionalProperties"]))
        }
        kind => kind.as_str().unwrap_or("any").to_owned(),
    }
}
