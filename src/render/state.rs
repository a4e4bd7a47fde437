//! The last column: what is wrong with one ordinal, in two or three words.

use super::screen::Tone;
use crate::model::{Container, Phase, Pod, Run, Stopped};
use crate::report::{Report, Row};

pub(super) const OK: &str = "ok";

/// The worst of Kubernetes' view, else what the member says, else `ok`.
pub(super) fn state(report: &Report, row: &Row<'_>) -> String {
    let Some(pod) = row.ordinal.pod else { return "missing".to_owned() };
    let leaving = (!row.ordinal.is_wanted).then(|| "leaving".to_owned());
    let of_pod = of_pod(pod);
    if leaving.is_some() || of_pod.is_some() {
        return [leaving, of_pod].into_iter().flatten().collect::<Vec<_>>().join(", ");
    }
    match (row.member, &report.engine, &report.now.members) {
        (Some(member), ..) => member.state.clone(),
        (None, None, _) => OK.to_owned(),
        (None, Some(_), Ok(_)) => "not a member".to_owned(),
        (None, Some(_), Err(_)) => "member not read".to_owned(),
    }
}

pub(super) fn tone(state: &str) -> Tone {
    const PASSING: [&str; 7] =
        ["leaving", "terminating", "init", "creating", "pending", "completed", "member not read"];
    if state == OK {
        Tone::Plain
    } else if PASSING.iter().any(|word| state.starts_with(word)) {
        Tone::Warn
    } else {
        Tone::Bad
    }
}

fn of_pod(pod: &Pod) -> Option<String> {
    if pod.deleting.is_some() {
        return Some("terminating".to_owned());
    }
    match (pod.phase, pod.reason.as_deref()) {
        (Phase::Failed, Some(reason)) => return Some(format!("failed: {reason}")),
        (Phase::Failed, None) => return Some("failed".to_owned()),
        (Phase::Succeeded, _) => return Some("completed".to_owned()),
        (_, Some("NodeLost")) => return Some("node lost".to_owned()),
        (Phase::Unknown, _) => return Some("unknown".to_owned()),
        (Phase::Pending | Phase::Running, _) => {}
    }
    unscheduled(pod)
        .or_else(|| initializing(pod))
        .or_else(|| pod.containers.iter().find_map(of_container))
        .or_else(|| (pod.phase == Phase::Pending).then(|| "pending".to_owned()))
        .or_else(|| (!pod.is_ready()).then(|| "not ready".to_owned()))
}

fn unscheduled(pod: &Pod) -> Option<String> {
    let condition = pod.condition("PodScheduled").filter(|condition| !condition.holds)?;
    Some(match condition.reason.as_deref() {
        Some("Unschedulable") => "pending: unschedulable".to_owned(),
        Some("SchedulingGated") => "pending: scheduling gated".to_owned(),
        Some(reason) => format!("pending: {reason}"),
        None => "pending".to_owned(),
    })
}

fn initializing(pod: &Pod) -> Option<String> {
    if pod.condition("Initialized").is_some_and(|condition| condition.holds) {
        return None;
    }
    let is_done = |container: &&Container| match &container.status {
        Some(status) if container.is_sidecar => matches!(status.run, Run::Running { .. }),
        Some(status) => matches!(&status.run, Run::Stopped(stopped) if stopped.exit_code == 0),
        None => false,
    };
    let done = pod.init_containers.iter().take_while(is_done).count();
    let blocked = pod.init_containers.get(done)?;
    let progress = format!("init {done}/{}", pod.init_containers.len());
    match of_container(blocked) {
        Some(trouble) if trouble != "creating" => Some(format!("{progress}: {trouble}")),
        _ => Some(progress),
    }
}

fn of_container(container: &Container) -> Option<String> {
    let status = container.status.as_ref()?;
    match &status.run {
        Run::Running { .. } => None,
        Run::Stopped(stopped) => Some(ended(stopped)),
        Run::Waiting { reason, .. } => Some(match reason.as_str() {
            "CrashLoopBackOff" => match &status.last {
                Some(last) if is_oom(last) => "crash loop (OOM killed)".to_owned(),
                Some(last) => format!("crash loop (exit {})", last.exit_code),
                None => "crash loop".to_owned(),
            },
            "ErrImagePull" | "ImagePullBackOff" | "InvalidImageName" | "ErrImageNeverPull" => {
                "image pull".to_owned()
            }
            "CreateContainerConfigError" => "container config".to_owned(),
            "ContainerCreating" | "PodInitializing" | "" => "creating".to_owned(),
            other => other.to_owned(),
        }),
    }
}

fn ended(stopped: &Stopped) -> String {
    if is_oom(stopped) {
        "OOM killed".to_owned()
    } else {
        format!("exited ({})", stopped.exit_code)
    }
}

fn is_oom(stopped: &Stopped) -> bool {
    stopped.reason.as_deref() == Some("OOMKilled")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::example::{ago, healthy};
    use crate::model::{Condition, Status};

    fn after(change: impl FnOnce(&mut Pod)) -> Option<String> {
        let mut pod = healthy(1).pods.remove(0);
        change(&mut pod);
        of_pod(&pod)
    }

    fn waiting(pod: &mut Pod, reason: &str, last: Option<(&str, i32)>) {
        pod.conditions.retain(|condition| condition.kind != "Ready");
        pod.containers[0].status = Some(Status {
            ready: false,
            restarts: 4,
            run: Run::Waiting { reason: reason.into(), message: None },
            image_id: String::new(),
            last: last.map(|(reason, exit_code)| Stopped {
                reason: Some(reason.into()),
                exit_code,
                at: None,
            }),
        });
    }

    fn no_condition(pod: &mut Pod, kind: &str, reason: &str) {
        pod.conditions.retain(|condition| condition.kind != kind);
        pod.conditions.push(Condition {
            kind: kind.into(),
            holds: false,
            reason: Some(reason.into()),
            message: None,
            since: None,
        });
    }

    #[test]
    fn a_ready_pod_has_no_trouble() {
        assert_eq!(after(|_| {}), None);
    }

    #[test]
    fn the_trouble_of_a_pod_is_named_by_its_cause() {
        let crash = |last| after(move |pod| waiting(pod, "CrashLoopBackOff", last));
        assert_eq!(crash(None).as_deref(), Some("crash loop"));
        assert_eq!(crash(Some(("Error", 1))).as_deref(), Some("crash loop (exit 1)"));
        assert_eq!(crash(Some(("OOMKilled", 137))).as_deref(), Some("crash loop (OOM killed)"));
        let pull = after(|pod| waiting(pod, "ErrImagePull", None));
        assert_eq!(pull.as_deref(), Some("image pull"));
        let leaving = after(|pod| pod.deleting = ago(3));
        assert_eq!(leaving.as_deref(), Some("terminating"));
        let evicted = after(|pod| {
            pod.phase = Phase::Failed;
            pod.reason = Some("Evicted".into());
        });
        assert_eq!(evicted.as_deref(), Some("failed: Evicted"));
        let unready = after(|pod| no_condition(pod, "Ready", "ContainersNotReady"));
        assert_eq!(unready.as_deref(), Some("not ready"));
    }

    #[test]
    fn a_pod_that_has_not_begun_says_where_it_stands() {
        let unplaced = after(|pod| {
            pod.phase = Phase::Pending;
            no_condition(pod, "PodScheduled", "Unschedulable");
        });
        assert_eq!(unplaced.as_deref(), Some("pending: unschedulable"));
        let init = after(|pod| {
            pod.phase = Phase::Pending;
            no_condition(pod, "Initialized", "ContainersNotInitialized");
            waiting(pod, "CrashLoopBackOff", Some(("Error", 2)));
            pod.init_containers = std::mem::take(&mut pod.containers);
        });
        assert_eq!(init.as_deref(), Some("init 0/1: crash loop (exit 2)"));
    }
}
