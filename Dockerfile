# The Copilot: its worker and API (copilot-agent), and copilot itself for `copilot db`.
ARG RUST_IMAGE=rust:1.95-slim-bookworm
# It holds glibc, certificates and nothing else: no shell, no package manager.
ARG BASE_IMAGE=gcr.io/distroless/cc-debian12:nonroot

FROM ${RUST_IMAGE} AS build
WORKDIR /src
COPY . .
RUN cargo build --locked --profile image --package copilot --package copilot-agent \
    && mkdir -p /out \
    && cp target/image/copilot target/image/copilot-agent /out/

FROM ${BASE_IMAGE}
COPY --from=build /out/ /usr/local/bin/
COPY dev/schema/ /copilot/dev/schema/
WORKDIR /copilot
USER 65532:65532
CMD ["copilot-agent", "--help"]
