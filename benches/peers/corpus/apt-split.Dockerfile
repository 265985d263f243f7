FROM debian:13
RUN apt-get update
RUN apt-get install -y curl
RUN apt-get -y dist-upgrade
USER 1000
