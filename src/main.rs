//! Runs the Temporal SRE Copilot's development environment from editable recipes.
fn main() {}
