//! Plans: order, conditions, failures, and the report.

mod deferred;
mod errors;
mod order;
mod plans;
mod recipes;
mod report;
mod retries;
mod selection;
