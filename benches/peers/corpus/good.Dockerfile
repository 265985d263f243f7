FROM registry.example/base:1.2@sha256:bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb
WORKDIR /app
COPY app /app/app
HEALTHCHECK CMD ["/app/app", "health"]
USER 65532
ENTRYPOINT ["/app/app"]
