# Shortcuts for `copilot dev`: `just` lists them; arguments after a name are passed on.
# They call the installed program (`cargo install --path . --locked`);
# `just copilot='cargo run --quiet --' dev-ps` calls the one of the checkout.

set positional-arguments

copilot := 'copilot'

[private]
default:
    @just --list

# Create dev/.env, or add missing variables; --local for a stack without AWS
[group('dev')]
dev-init *args:
    @{{ copilot }} dev init "$@"

# Check that this machine has everything the stack needs
[group('dev')]
dev-doctor *args:
    @{{ copilot }} dev doctor "$@"

# From nothing to a running stack
[group('dev')]
dev-bootstrap *args:
    @{{ copilot }} dev bootstrap "$@"

# Start the stack, or some services, and wait until every service is healthy
[group('dev')]
dev-up *args:
    @{{ copilot }} dev up --wait "$@"

# Stop the stack; -v also removes its data
[group('dev')]
dev-down *args:
    @{{ copilot }} dev down "$@"

# Show the services and their state
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
