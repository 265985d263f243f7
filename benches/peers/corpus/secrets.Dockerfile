FROM alpine:3.22
ARG TOKEN
ENV AWS_SECRET_ACCESS_KEY=abcdefghijklmnopqrstuvwxyz0123456789abcd
RUN echo $TOKEN > /root/.npmrc
USER 1000
