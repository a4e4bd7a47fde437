//! `kubectl sts check`.

mod capture;
mod choice;
mod connection;
mod credentials;
mod hostile;
mod json;
mod purpose;
mod requests;
mod screens;
mod secrecy;
mod unread;
