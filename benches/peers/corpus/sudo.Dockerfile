FROM debian:13
MAINTAINER a@b.example
RUN sudo ls && cd /tmp && kill 1
WORKDIR app
EXPOSE 22 99999
USER 1000
