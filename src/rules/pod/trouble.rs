//! What keeps a pod from being ready: exactly one reason, the one to look at first.

use crate::model::{Container, Phase, Pod, Run, Stopped};

/// Why a pod is not ready, so that exactly one rule speaks of it.
#[derive(Clone, Copy)]
pub(super) enum Trouble<'a> {
    Image(&'a Container),
    Config(&'a Container),
    Init(&'a Container),
    OutOfMemory(&'a Container, &'a Stopped),
    CrashLoop(&'a Container),
    Failed,
    Unknown,
    NotReady,
}

/// The trouble of a pod that has a node; None when it is ready.
pub(super) fn trouble(pod: &Pod) -> Option<Trouble<'_>> {
    if pod.is_finished() {
        return Some(Trouble::Failed);
    }
    if pod.phase == Phase::Unknown {
        return Some(Trouble::Unknown);
    }
    let is_placed = pod.condition("PodScheduled").is_none_or(|condition| condition.holds);
    if pod.is_ready() || !is_placed {
        return None;
    }
    let all = || pod.init_containers.iter().chain(&pod.containers);
    let waits = |is: fn(&str) -> bool| all().find(|c| reason(c).is_some_and(is));
    if let Some(container) = waits(is_image) {
        return Some(Trouble::Image(container));
    }
    if let Some(container) = waits(is_config).or_else(|| all().find(|c| never_began(c))) {
        return Some(Trouble::Config(container));
    }
    if let Some((container, stopped)) = all().find_map(|c| Some((c, out_of_memory_of(c)?))) {
        return Some(Trouble::OutOfMemory(container, stopped));
    }
    if let Some(container) = pod.init_containers.iter().find(|c| has_failed(c)) {
        return Some(Trouble::Init(container));
    }
    if let Some(container) = pod.containers.iter().find(|c| is_crashing(c)) {
        return Some(Trouble::CrashLoop(container));
    }
    Some(Trouble::NotReady)
}

fn is_image(reason: &str) -> bool {
    const REASONS: [&str; 6] = [
        "ErrImagePull",
        "ImagePullBackOff",
        "InvalidImageName",
        "ErrImageNeverPull",
        "ImageInspectError",
        "RegistryUnavailable",
    ];
    REASONS.contains(&reason)
}

fn is_config(reason: &str) -> bool {
    ["CreateContainerConfigError", "CreateContainerError", "RunContainerError"].contains(&reason)
}

/// Whether its process could not even be started: while the kubelet waits to try again, only its last end says so.
fn never_began(container: &Container) -> bool {
    let reason = stopped(container).and_then(|end| end.reason.as_deref());
    matches!(reason, Some("StartError" | "ContainerCannotRun"))
}

pub(super) fn reason(container: &Container) -> Option<&str> {
    match &container.status.as_ref()?.run {
        Run::Waiting { reason, .. } => Some(reason),
        _ => None,
    }
}

pub(super) fn message(container: &Container) -> &str {
    match container.status.as_ref().map(|status| &status.run) {
        Some(Run::Waiting { message: Some(message), .. }) => message,
        _ => "",
    }
}

/// Why its process cannot be started, in the kubelet's words, if they are about that.
pub(super) fn why_not_started(container: &Container) -> Option<&str> {
    reason(container).filter(|it| is_config(it)).map(|_| message(container))
}

/// How a container that does not run ended last.
pub(super) fn stopped(container: &Container) -> Option<&Stopped> {
    let status = container.status.as_ref()?;
    match &status.run {
        Run::Stopped(stopped) => Some(stopped),
        Run::Waiting { .. } => status.last.as_ref(),
        Run::Running { .. } => None,
    }
}

/// Its last end, also while it runs again and is not ready yet.
fn out_of_memory_of(container: &Container) -> Option<&Stopped> {
    let status = container.status.as_ref().filter(|status| !status.ready)?;
    stopped(container)
        .or(status.last.as_ref())
        .filter(|end| end.reason.as_deref() == Some("OOMKilled"))
}

/// An init container that ended with an error, also while it runs again.
fn has_failed(container: &Container) -> bool {
    let Some(status) = &container.status else { return false };
    let end = match &status.run {
        Run::Stopped(end) => Some(end),
        Run::Waiting { .. } | Run::Running { .. } => status.last.as_ref().filter(|_| !status.ready),
    };
    reason(container) == Some("CrashLoopBackOff") || end.is_some_and(|end| end.exit_code != 0)
}

fn is_crashing(container: &Container) -> bool {
    let is_backing_off = reason(container) == Some("CrashLoopBackOff");
    is_backing_off
        || container.status.as_ref().is_some_and(|status| matches!(status.run, Run::Stopped(_)))
}
