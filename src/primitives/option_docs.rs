//! Documentation that is the same wherever it stands.

/// The options that every program has, but for `reads`, whose meaning differs.
macro_rules! options {
    () => {
        "/// Options:\n\
         /// - `cwd: string`: the folder it is started in, relative to the repository.\n\
         /// - `env: map`: variables to add to its environment.\n\
         /// - `timeout: string`: the longest it may take, as \"90s\", or a number of seconds.\n\
         /// - `stdin: string`: what it reads.\n\
         /// - `check: bool`: false to return a code other than 0 instead of throwing.\n"
    };
}
