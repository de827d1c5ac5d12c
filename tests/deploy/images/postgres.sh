#!/bin/sh
# What the official image does at its first start, of it what the bot needs.
set -eu
test "$1" = postgres || exec "$@"
export PGDATA=/var/lib/postgresql/18/docker
if [ ! -s "$PGDATA/PG_VERSION" ]; then
    mkdir -p "$PGDATA"
    chown -R postgres: /var/lib/postgresql
    cp "$POSTGRES_PASSWORD_FILE" /tmp/password
    chown postgres: /tmp/password
    setpriv --reuid=postgres --regid=postgres --clear-groups initdb --username="$POSTGRES_USER" \
        --pwfile=/tmp/password --auth-host=scram-sha-256 --auth-local=trust --encoding=UTF8
    rm /tmp/password
    echo 'host all all all scram-sha-256' >>"$PGDATA/pg_hba.conf"
    printf '%s' "create database $POSTGRES_DB" | setpriv --reuid=postgres --regid=postgres \
        --clear-groups postgres --single postgres >/dev/null
fi
mkdir -p /var/run/postgresql /tmp
chown postgres: /var/run/postgresql
exec setpriv --reuid=postgres --regid=postgres --clear-groups postgres \
    -c listen_addresses='*' -c unix_socket_directories=/tmp,/var/run/postgresql
