//! Links the optimised host at a fixed address on Linux: 40,000 pointers of the AWS libraries
//! would otherwise be moved at each start, which takes longer than the rest of a short run.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let is = |key: &str, value: &str| std::env::var(key).as_deref() == Ok(value);
    if is("CARGO_CFG_TARGET_OS", "linux")
        && is("CARGO_CFG_TARGET_ENV", "gnu")
        && is("PROFILE", "release")
    {
        println!("cargo::rustc-link-arg-bins=-no-pie");
    }
}
