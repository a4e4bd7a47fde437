//! What a member says of the cluster.

#[derive(Clone, PartialEq, Eq)]
pub struct Node {
    pub id: String,
    pub flags: Vec<String>,
    /// The primary that it replicates.
    pub primary: Option<String>,
    pub epoch: u64,
    pub is_connected: bool,
    /// As printed: `0-5460`.
    pub slots: Vec<String>,
    /// As printed: `[93->-8f3a…]`.
    pub open: Vec<String>,
}

#[derive(Debug)]
pub struct View {
    pub is_ok: bool,
    pub nodes: Vec<Node>,
}

impl std::fmt::Debug for Node {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let id: String = self.id.chars().take(6).collect();
        let link = if self.is_connected { "" } else { " disconnected" };
        write!(out, "{id} {}{link} {:?} {:?}", self.flags.join(","), self.slots, self.open)
    }
}

impl View {
    pub fn me(&self) -> Option<&Node> {
        self.nodes.iter().find(|node| node.has("myself"))
    }

    pub fn node(&self, id: &str) -> Option<&Node> {
        self.nodes.iter().find(|node| node.id == id)
    }
}

impl Node {
    pub fn has(&self, flag: &str) -> bool {
        self.flags.iter().any(|it| it == flag)
    }

    pub fn owns(&self, slot: u16) -> bool {
        self.slots.iter().any(|range| {
            let (first, last) = range.split_once('-').unwrap_or((range, range));
            let number = |text: &str| text.parse::<u16>().ok();
            number(first).is_some_and(|it| it <= slot) && number(last).is_some_and(|it| slot <= it)
        })
    }
}

/// Whether all have one view of who is what, everybody is connected, and every replica has its primary.
pub fn agree(views: &[View]) -> bool {
    let seen = |view: &View| {
        let mut nodes: Vec<_> = view
            .nodes
            .iter()
            .map(|node| (node.id.clone(), node.primary.clone(), node.slots.clone()))
            .collect();
        nodes.sort();
        nodes
    };
    let is_calm = |view: &View| {
        view.is_ok
            && view.nodes.iter().all(|node| {
                node.is_connected
                    && !["fail", "fail?", "handshake", "noaddr"].iter().any(|it| node.has(it))
            })
    };
    views.iter().all(is_calm)
        && views.windows(2).all(|pair| pair.first().map(seen) == pair.last().map(seen))
}

/// The answers of several members, each after a line with `@` and its address.
pub fn parse(text: &str) -> Vec<View> {
    let parts = text.split("@ ").skip(1);
    parts.map(view).filter(|view| !view.nodes.is_empty()).collect()
}

fn view(text: &str) -> View {
    let is = |line: &str| text.lines().any(|it| it.trim_end() == line);
    View {
        is_ok: is("cluster_state:ok") && !is("master_link_status:down"),
        nodes: text.lines().filter_map(node).collect(),
    }
}

fn node(line: &str) -> Option<Node> {
    let words: Vec<&str> = line.split_whitespace().collect();
    let [id, _, flags, primary, _, _, epoch, state, slots @ ..] = words.as_slice() else {
        return None;
    };
    if id.len() != 40 {
        return None;
    }
    let (open, slots): (Vec<&str>, Vec<&str>) = slots.iter().partition(|it| it.starts_with('['));
    let owned = |words: Vec<&str>| words.into_iter().map(str::to_owned).collect();
    Some(Node {
        id: (*id).to_owned(),
        flags: flags.split(',').map(str::to_owned).collect(),
        primary: (*primary != "-").then(|| (*primary).to_owned()),
        epoch: epoch.parse().ok()?,
        is_connected: *state == "connected",
        slots: owned(slots),
        open: owned(open),
    })
}
