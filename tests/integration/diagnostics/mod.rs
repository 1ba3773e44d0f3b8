//! What is said about a recipe that is wrong, and when.

mod calls;
mod check;
mod failures;
mod imports;
mod syntax;
mod values;
