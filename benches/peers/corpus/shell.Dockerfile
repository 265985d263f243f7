FROM alpine:3.22
RUN wget -O - https://example.org/a | sh
USER 1000
CMD echo hi
ENTRYPOINT run me
