# The controller as an image: see docs/guide/container.md.
#
#   docker build --build-arg COMMIT="$(git rev-parse --short=12 HEAD)" --tag sagekeeper .
#
# BASE is any Debian 12 image; both stages start from it, so that the program meets the libraries it was
# linked with.
ARG BASE=debian:bookworm-slim

FROM ${BASE} AS build
RUN apt-get update \
 && DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends \
      gcc libc6-dev cmake ninja-build pkg-config \
      libuv1-dev libcurl4-openssl-dev libgit2-dev libyaml-dev libjansson-dev libxml2-dev libssl-dev libsqlite3-dev
WORKDIR /source
COPY . .
# Git's folder stays outside, and with it whatever credentials it may hold; so the commit is told.
ARG COMMIT=unknown
RUN cmake --preset release -D SK_COMMIT="${COMMIT}" \
 && cmake --build build/release --target sagekeeper \
 && strip build/release/bin/sagekeeper

FROM ${BASE}
# Nothing in the image needs to become another user: the set-id bits of the base go.
RUN apt-get update \
 && DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends \
      ca-certificates libuv1 libcurl4 libgit2-1.5 libyaml-0-2 libjansson4 libxml2 libssl3 libsqlite3-0 \
 && rm -rf /var/lib/apt/lists/* /var/cache/apt/* /var/cache/debconf/*-old /var/log/* \
 && find / -xdev -type f -perm /6000 -exec chmod a-s {} + \
 && install --directory --owner=65532 --group=0 --mode=0770 /var/lib/sagekeeper
COPY --from=build /source/build/release/bin/sagekeeper /usr/local/bin/sagekeeper

# The only place that is written to. Group 0 may write, for platforms that choose the user id.
ENV SAGEKEEPER_STATE=/var/lib/sagekeeper \
    HOME=/var/lib/sagekeeper
VOLUME /var/lib/sagekeeper
WORKDIR /var/lib/sagekeeper
USER 65532:65532
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=5s --start-period=10s --retries=4 \
  CMD ["/usr/local/bin/sagekeeper", "status", "--healthy"]
ENTRYPOINT ["/usr/local/bin/sagekeeper"]
CMD ["run"]

ARG COMMIT=unknown
ARG VERSION=0.1.0
LABEL org.opencontainers.image.title="sagekeeper" \
      org.opencontainers.image.description="A GitOps controller for teams on Amazon SageMaker Studio" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${COMMIT}"
