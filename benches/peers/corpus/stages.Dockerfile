FROM golang:1.25 AS build
USER root
RUN go build -o /out ./...

FROM scratch
COPY --from=build /out /out
USER 65532
ENTRYPOINT ["/out"]
