//! What Rhai itself brings, as a definition file.

/// The definitions.
pub fn text() -> String {
    rhai::Engine::new().definitions().single_file()
}
