//! The plugin's process as Velero starts it, against real servers: `tests/run` starts them and runs these tests.

mod behaviour;
mod credentials;
mod defects;
mod errors;
mod front;
mod google;
mod killed;
mod s3;
mod secrets;
mod site;
mod uploads;
mod web;
