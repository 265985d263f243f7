FROM alpine:3.22
ADD https://example.org/x.tgz /x/
ADD app.tar.gz /app/
ADD config.json /etc/
USER 1000
