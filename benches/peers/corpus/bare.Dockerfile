FROM ubuntu
RUN apt-get install curl
