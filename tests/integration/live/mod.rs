//! What a person sees at a terminal while steps run.

mod block;
mod elsewhere;
mod results;
