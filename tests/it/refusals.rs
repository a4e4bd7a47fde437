//! What planners refuse by themselves: where it has the name of a rule `--allow` is offered for it, and has to be heeded.

use crate::architecture::source::{Source, below};

const REFUSING: [&str; 2] = ["refuse(\"", "refusal(\""];

#[test]
fn what_no_flag_lets_go_has_no_name_of_a_rule() {
    let rules = include_str!("../../docs/rules.md");
    let sources = below("src");
    let sources =
        sources.iter().filter(|source| !source.is_test() && !source.path.contains("/rules/"));
    let mut names = Vec::new();
    for (_, line) in sources.flat_map(Source::code) {
        for call in REFUSING {
            names.extend(line.split(call).skip(1).filter_map(|rest| rest.split('"').next()));
        }
    }
    assert!(names.len() > 10, "{names:?}");
    names.retain(|name| rules.contains(&format!("| `{name}` |")));
    assert_eq!(names, [""; 0]);
}
