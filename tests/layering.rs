//! Runs the test of the layering until it joins the other integration tests.

#[path = "integration/layering/mod.rs"]
mod layering;
