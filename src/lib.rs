pub mod cluster;
pub mod engine;
pub mod model;
pub mod reach;
pub mod rules;
