//! How the optimised host is linked on Linux, where loading it would take longer than the rest of
//! a short run: at a fixed address, as 40,000 pointers of the AWS libraries would otherwise be
//! moved at each start; and with what unwinds after a panic in it, not in a library of its own.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let is = |key: &str, value: &str| std::env::var(key).as_deref() == Ok(value);
    if is("CARGO_CFG_TARGET_OS", "linux")
        && is("CARGO_CFG_TARGET_ENV", "gnu")
        && is("PROFILE", "release")
    {
        println!("cargo::rustc-link-arg-bins=-no-pie");
        println!("cargo::rustc-link-lib=static:-bundle=gcc_eh");
    }
}
