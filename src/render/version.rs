//! Which program this is.

use super::clean::clean;

/// This program, as it was built.
#[derive(Clone, Copy, Debug)]
pub struct Client {
    pub version: &'static str,
    /// None where the build did not say.
    pub commit: Option<&'static str>,
    /// None where the build did not say.
    pub built: Option<&'static str>,
    /// Operating system and architecture.
    pub platform: (&'static str, &'static str),
}

/// `server` is None where it did not say, and is left out where it was not asked.
pub fn version(client: &Client, server: Option<&str>, is_client_only: bool) -> String {
    let Client { version, commit, built, platform: (system, machine) } = client;
    let unknown = |text: Option<&str>| clean(text.unwrap_or("unknown"));
    let (commit, built) = (unknown(*commit), unknown(*built));
    let client =
        format!("client   {version}, commit {commit}, built {built}, {system}/{machine}\n");
    if is_client_only { client } else { format!("{client}server   {}\n", unknown(server)) }
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;

    use super::*;

    #[test]
    fn what_is_not_known_is_said_to_be_unknown() {
        let client =
            Client { version: "0.1.0", commit: None, built: None, platform: ("linux", "x86_64") };
        assert_snapshot!(version(&client, None, false), @r"
        client   0.1.0, commit unknown, built unknown, linux/x86_64
        server   unknown
        ");
        let client = Client { commit: Some("3f2c9e1"), built: Some("2026-11-26"), ..client };
        assert_snapshot!(version(&client, Some("v1.33.4+k3s1"), false), @r"
        client   0.1.0, commit 3f2c9e1, built 2026-11-26, linux/x86_64
        server   v1.33.4+k3s1
        ");
        assert_snapshot!(version(&client, None, true), @"client   0.1.0, commit 3f2c9e1, built 2026-11-26, linux/x86_64");
    }
}
