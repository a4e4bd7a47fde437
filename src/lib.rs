pub mod engine;
pub mod model;
pub mod render;
pub mod report;
pub mod rules;
pub mod ui;
