# Shortcuts for `copilot dev`: `just` lists them, and what follows a name is passed on.
# `cargo install --path . --locked` makes the program; `just copilot='cargo run --quiet --' dev-ps`
# does without, from the checkout as it is.

set positional-arguments

copilot := 'copilot'

[private]
default:
    @just --list

# Make dev/.env, or add what it lacks; --local for a stack without AWS
[group('dev')]
dev-init *args:
    @{{ copilot }} dev init "$@"

# Check what the stack needs of this machine
[group('dev')]
dev-doctor *args:
    @{{ copilot }} dev doctor "$@"

# From nothing to a running stack
[group('dev')]
dev-bootstrap *args:
    @{{ copilot }} dev bootstrap "$@"

# Start the stack, or some services, and wait until all is healthy
[group('dev')]
dev-up *args:
    @{{ copilot }} dev up --wait "$@"

# Stop the stack; -v removes its data too
[group('dev')]
dev-down *args:
    @{{ copilot }} dev down "$@"

# Show the services and how they are
[group('dev')]
dev-ps *args:
    @{{ copilot }} dev ps "$@"

# Follow the logs of all services, or of some
[group('dev')]
dev-logs *args:
    @{{ copilot }} dev logs "$@"

# Build the images: runtime, copilot or all
[group('dev')]
dev-build *args:
    @{{ copilot }} dev build "$@"

# Set up every schema
[group('dev')]
dev-schema *args:
    @{{ copilot }} dev schema setup "$@"

# Register the namespace `default` in both clusters
[group('dev')]
dev-namespaces *args:
    @{{ copilot }} dev namespaces "$@"

# Create or update the AWS resources
[group('dev')]
dev-infra-apply *args:
    @{{ copilot }} dev infra apply "$@"

# Destroy the AWS resources
[group('dev')]
dev-infra-destroy *args:
    @{{ copilot }} dev infra destroy "$@"
