//! Every case, by its subject. Those that break the cluster come last: they wait until nobody else runs.

mod article;
mod captures;
mod claims;
mod completion;
mod controller;
mod controller_findings;
mod good_citizens;
mod least_rights;
mod load;
mod network;
mod nodes;
mod nodes_leaving;
mod pods;
mod pods_held;
mod policy;
mod pvc;
mod pvc_delete;
mod questions;
mod redis_healthy;
mod redis_members;
mod redis_moves;
mod redis_replaced;
mod redis_servers;
mod redis_slots;
mod repair;
mod rights;
mod rollout;
mod rollout_faults;
mod rollout_guards;
mod rollout_redis;
mod rollout_status;
mod rollout_ways;
mod runbooks;
mod scale;
mod scale_faults;
mod scale_faults_measured;
mod scale_faults_nodes;
mod scale_faults_operators;
mod scale_faults_pods;
mod scale_faults_replicas;
mod scale_faults_room;
mod scale_faults_room_measured;
mod scale_flags;
mod scale_guards;
mod scale_interrupted;
mod scale_killed;
mod scale_killed_steps;
mod scale_left;
mod scale_moves_beside;
mod scale_redis;
mod surroundings;
mod template;
mod volumes;
mod watching;

use crate::case::Spec;

pub fn all() -> impl Iterator<Item = Spec> {
    [
        pods_held::CASES,
        redis_replaced::CASES,
        redis_members::CASES,
        redis_healthy::CASES,
        redis_slots::CASES,
        article::CASES,
        redis_servers::CASES,
        redis_moves::CASES,
        scale_redis::CASES,
        repair::CASES,
        scale_killed::CASES,
        scale_killed_steps::CASES,
        scale_moves_beside::CASES,
        scale_interrupted::CASES,
        scale_left::CASES,
        least_rights::CASES,
        scale_faults::CASES,
        scale_faults_measured::CASES,
        scale_faults_room_measured::CASES,
        scale_guards::CASES,
        scale_faults_replicas::CASES,
        scale_faults_pods::CASES,
        scale_faults_room::CASES,
        scale_faults_operators::CASES,
        load::CASES,
        captures::CASES,
        pods::CASES,
        claims::CASES,
        pvc::CASES,
        pvc_delete::CASES,
        scale::CASES,
        scale_flags::CASES,
        rollout::CASES,
        rollout_ways::CASES,
        rollout_faults::CASES,
        rollout_guards::CASES,
        rollout_status::CASES,
        rollout_redis::CASES,
        controller::CASES,
        controller_findings::CASES,
        volumes::CASES,
        nodes_leaving::CASES,
        surroundings::CASES,
        watching::CASES,
        completion::CASES,
        runbooks::CASES,
        network::CASES,
        policy::CASES,
        template::CASES,
        good_citizens::CASES,
        questions::CASES,
        rights::CASES,
        nodes::ALONE,
        questions::ALONE,
        scale_faults::ALONE,
        scale_faults_pods::ALONE,
        scale_faults_nodes::ALONE,
        runbooks::ALONE,
    ]
    .into_iter()
    .flatten()
    .copied()
}
