# The Temporal server with the Aurora DSQL plugin, and the tools that set up its stores. The build
# context is the temporal-dsql repository; `copilot dev build` passes the Go version from its go.mod.
ARG GO_VERSION=1.25.5
ARG GO_IMAGE=golang:${GO_VERSION}-alpine
ARG ALPINE_IMAGE=alpine:3.23

FROM ${GO_IMAGE} AS build
WORKDIR /src
# A separate layer, so that source changes do not download the modules again.
COPY go.mod go.sum ./
RUN go mod download
COPY . .
ENV CGO_ENABLED=0
# The build tag excludes gRPC's own modules, as in the repository's Makefile.
ARG BUILD_TAGS=disable_grpc_modules
RUN set -eu; \
    for program in server:temporal-server tools/dsql:temporal-dsql-tool tools/elasticsearch:temporal-elasticsearch-tool; do \
        go build -trimpath -buildvcs=false -ldflags "-s -w" -tags "${BUILD_TAGS}" \
            -o "/out/${program#*:}" "./cmd/${program%%:*}"; \
    done

FROM ${ALPINE_IMAGE}
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/ca-certificates.crt
COPY --from=build /out/ /usr/local/bin/
# The server reads an empty TEMPORAL_SERVICES as a service with an empty name, and an unset one as all
# services. No authorizer is needed: the stack listens on 127.0.0.1 only.
RUN addgroup -g 1000 temporal \
    && adduser -D -u 1000 -G temporal temporal \
    && mkdir -p /etc/temporal/config \
    && chmod 1777 /etc/temporal/config \
    && printf '%s\n' \
        '#!/bin/sh' \
        'set -eu' \
        'if [ -z "${TEMPORAL_SERVICES:-}" ]; then unset TEMPORAL_SERVICES; fi' \
        'exec temporal-server --allow-no-auth start' \
        >/usr/local/bin/start-temporal \
    && chmod 0755 /usr/local/bin/start-temporal
WORKDIR /etc/temporal
USER temporal
ENTRYPOINT ["start-temporal"]
