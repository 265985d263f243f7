FROM debian:13
SHELL ["/bin/bash", "-o", "pipefail", "-c"]
RUN curl -sSfL https://example.org/a | tar xz
USER 1000
