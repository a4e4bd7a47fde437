//! What krew asks of a manifest: the rules of its `validate-krew-manifest` and of the review for its index. Stricter in
//! one thing: krew ignores a field that it does not know.

use std::collections::BTreeMap;

use serde::Deserialize;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Manifest {
    api_version: String,
    kind: String,
    metadata: Metadata,
    pub spec: Spec,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Metadata {
    name: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Spec {
    pub version: String,
    homepage: String,
    short_description: String,
    description: String,
    pub platforms: Vec<Platform>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Platform {
    pub uri: String,
    pub sha256: String,
    selector: Selector,
    pub bin: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Selector {
    match_labels: BTreeMap<String, String>,
}

/// The pairs of system and processor that krew knows.
const KNOWN: [(&str, &str); 11] = [
    ("windows", "386"),
    ("windows", "amd64"),
    ("windows", "arm64"),
    ("linux", "386"),
    ("linux", "amd64"),
    ("linux", "arm"),
    ("linux", "arm64"),
    ("linux", "ppc64le"),
    ("darwin", "386"),
    ("darwin", "amd64"),
    ("darwin", "arm64"),
];
const LONGEST_SHORT_DESCRIPTION: usize = 50;

impl Platform {
    pub fn archive(&self) -> &str {
        self.uri.rsplit('/').next().unwrap_or_default()
    }

    fn selects(&self, (os, arch): (&str, &str)) -> bool {
        self.selector.match_labels.iter().all(|(label, value)| match label.as_str() {
            "os" => value == os,
            "arch" => value == arch,
            _ => false,
        })
    }
}

/// What is wrong with a manifest that stands in `<stem>.yaml`.
pub fn complaints(stem: &str, text: &str) -> Vec<String> {
    let manifest: Manifest = match serde_saphyr::from_str(text) {
        Ok(manifest) => manifest,
        Err(error) => return vec![error.to_string()],
    };
    let Manifest { api_version, kind, metadata: Metadata { name }, spec } = &manifest;
    let mut complaints = Vec::new();
    let mut ask = |is_so: bool, complaint: String| {
        if !is_so {
            complaints.push(complaint);
        }
    };
    let is_known = api_version == "krew.googlecontainertools.github.com/v1alpha2";
    ask(is_known, format!("apiVersion is {api_version}"));
    ask(kind == "Plugin", format!("kind is {kind}"));
    ask(name == stem, format!("{name} stands in {stem}.yaml"));
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    ask(!name.is_empty() && name.chars().all(is_word), format!("{name:?} is no name"));

    ask(is_version(&spec.version), format!("{} is no version", spec.version));
    ask(spec.homepage.starts_with("https://"), format!("homepage is {}", spec.homepage));
    let short = &spec.short_description;
    ask(!short.trim().is_empty(), "no short description".to_owned());
    ask(!short.contains(['\r', '\n']), "the short description has several lines".to_owned());
    let length = short.chars().count();
    ask(length <= LONGEST_SHORT_DESCRIPTION, format!("the short description is {length} long"));
    ask(!short.to_lowercase().contains("plugin to"), format!("{short:?} says \"plugin to\""));
    let is_wide = spec.description.lines().any(|line| line.chars().count() > 80);
    ask(!is_wide, "the description is wider than 80".to_owned());
    // Examples belong into the help.
    ask(!spec.description.contains("kubectl sts"), "the description has examples".to_owned());

    ask(!spec.platforms.is_empty(), "no platform".to_owned());
    for Platform { uri, sha256, selector, bin } in &spec.platforms {
        ask(uri.starts_with("https://"), format!("uri is {uri}"));
        ask(is_sum(sha256), format!("{sha256} is no sum"));
        ask(!bin.is_empty() && !bin.starts_with('/') && !bin.contains(".."), format!("bin {bin}"));
        for label in selector.match_labels.keys() {
            ask(label == "os" || label == "arch", format!("a selector by {label}"));
        }
        ask(!selector.match_labels.is_empty(), "an empty selector".to_owned());
    }
    for platform in &spec.platforms {
        let is_used = KNOWN.into_iter().any(|pair| platform.selects(pair));
        ask(is_used, format!("nobody gets {}", platform.archive()));
    }
    for pair in KNOWN {
        let count = spec.platforms.iter().filter(|platform| platform.selects(pair)).count();
        ask(count <= 1, format!("{count} archives for {}/{}", pair.0, pair.1));
    }
    complaints
}

fn is_sum(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
}

/// `v` and a version as semver.org has it.
fn is_version(text: &str) -> bool {
    let Some(text) = text.strip_prefix('v') else { return false };
    let (text, build) = text.split_once('+').unwrap_or((text, "0"));
    let (numbers, stage) = text.split_once('-').unwrap_or((text, "0"));
    let is_number = |it: &str| {
        !it.is_empty()
            && it.bytes().all(|b| b.is_ascii_digit())
            && (it == "0" || !it.starts_with('0'))
    };
    let is_word =
        |it: &str| !it.is_empty() && it.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    let numbers: Vec<&str> = numbers.split('.').collect();
    numbers.len() == 3
        && numbers.into_iter().all(is_number)
        && [build, stage].into_iter().flat_map(|it| it.split('.')).all(is_word)
}

const GOOD: &str = "
apiVersion: krew.googlecontainertools.github.com/v1alpha2
kind: Plugin
metadata: {name: sts}
spec:
  version: v1.20.3-rc.1
  homepage: https://example.com/sts
  shortDescription: Looks after sets
  description: Looks at them.
  platforms:
  - uri: https://example.com/linux.tar.gz
    sha256: 0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef
    selector: {matchLabels: {os: linux, arch: amd64}}
    bin: kubectl-sts
  - uri: https://example.com/darwin.tar.gz
    sha256: 0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef
    selector: {matchLabels: {os: darwin}}
    bin: kubectl-sts
";

#[test]
fn a_manifest_that_breaks_a_rule_is_not_taken() {
    assert_eq!(complaints("sts", GOOD), [""; 0]);
    assert_eq!(complaints("other", GOOD), ["sts stands in other.yaml"]);
    for (good, broken, complaint) in [
        ("v1alpha2", "v1", "apiVersion is krew.googlecontainertools.github.com/v1"),
        ("kind: Plugin", "kind: Pod", "kind is Pod"),
        ("v1.20.3-rc.1", "1.20.3", "1.20.3 is no version"),
        ("v1.20.3-rc.1", "v1.20", "v1.20 is no version"),
        ("v1.20.3-rc.1", "v1.02.3", "v1.02.3 is no version"),
        ("v1.20.3-rc.1", "v1.2.3-", "v1.2.3- is no version"),
        ("v1.20.3-rc.1", "${VERSION}", "${VERSION} is no version"),
        ("https://example.com/sts", "sts", "homepage is sts"),
        ("Looks after sets", "''", "no short description"),
        ("Looks after sets", "A kubectl plugin to look", "\"plugin to\""),
        ("Looks after sets", "\"two\\nlines\"", "the short description has several lines"),
        (
            "Looks after sets",
            "Looks after sets that hold data, and also after others",
            "the short description is 54 long",
        ),
        ("Looks at them.", "Run kubectl sts check x", "the description has examples"),
        ("0123456789abcdef0123456789abcdef", "0123456789ABCDEF0123456789abcdef", "is no sum"),
        ("0123456789abcdef0123456789abcdef", "0123456789abcdef", "is no sum"),
        ("https://example.com/linux", "/linux", "uri is /linux.tar.gz"),
        ("bin: kubectl-sts", "bin: ../kubectl-sts", "bin ../kubectl-sts"),
        ("arch: amd64", "arch: mips", "nobody gets linux.tar.gz"),
        ("os: darwin", "", "an empty selector"),
        ("os: darwin", "region: eu", "a selector by region"),
        ("os: darwin", "arch: amd64", "2 archives for linux/amd64"),
        ("bin: kubectl-sts", "bin: kubectl-sts\n    files: []", "files"),
        ("    bin: kubectl-sts\n", "", "bin"),
    ] {
        assert!(GOOD.contains(good), "{good}");
        let found = complaints("sts", &GOOD.replace(good, broken));
        assert!(found.iter().any(|it| it.contains(complaint)), "{complaint}: {found:?}");
    }
    let none = &GOOD[..GOOD.find("platforms:").expect("platforms")];
    assert_eq!(complaints("sts", &format!("{none}platforms: []\n")), ["no platform"]);
}
