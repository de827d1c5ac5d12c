#!/bin/sh
# Install the single file and its units, or go back to the version before; again does no harm.
#
#   install.sh [--root DIR] [FILE]    FILE is the single file, dist/incident-bot by default
#   install.sh [--root DIR] rollback  the version installed before this one
#
# With --root the files go below DIR, and neither accounts nor systemd are touched.
set -eu

root=
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
if [ "${1-}" = --root ]; then
    root=${2:?"--root needs a folder"}
    shift 2
fi
what=${1-$here/../dist/incident-bot}
lib=$root/usr/local/lib/incident-bot
current=$lib/incident-bot
previous=$lib/incident-bot.previous

say() { echo "incident-bot: $*"; }
fail() {
    say "$*" >&2
    exit 1
}

# In the real system only: another root is a test or an image.
really() { test -n "$root" || "$@"; }
systemd_runs() { test -z "$root" && test -d /run/systemd/system; }

restart() {
    if systemd_runs; then
        systemctl daemon-reload
        systemctl try-restart incident-bot-web.service incident-bot-worker.service incident-bot-socket.service
    fi
}

make_account() {
    getent group incident-bot >/dev/null || groupadd --system incident-bot
    getent passwd incident-bot >/dev/null ||
        useradd --system --gid incident-bot --home-dir /nonexistent --no-create-home \
            --shell /usr/sbin/nologin incident-bot
}

install_program() {
    test -f "$what" || fail "there is no $what: make it with 'make binary'."
    mkdir -p "$lib" "$root/usr/local/bin"
    if cmp -s "$what" "$current"; then
        say "this version is installed already."
    else
        # Made beside and renamed, so that no start ever finds half a file.
        install -m 0755 "$what" "$current.new"
        test ! -e "$current" || ln -f "$current" "$previous"
        mv -f "$current.new" "$current"
        say "installed $("$current" --version 2>/dev/null || echo "$what")."
    fi
    ln -sfn ../lib/incident-bot/incident-bot "$root/usr/local/bin/incident-bot"
}

install_settings() {
    mkdir -p "$root/etc/incident-bot"
    chmod 0750 "$root/etc/incident-bot"
    really chgrp incident-bot /etc/incident-bot
    if [ ! -e "$root/etc/incident-bot/env" ]; then
        install -m 0640 "$here/env.example" "$root/etc/incident-bot/env"
        token=$(od -An -N24 -tx1 /dev/urandom | tr -d ' \n')
        sed -i "s/^METRICS_TOKEN=\$/&$token/" "$root/etc/incident-bot/env"
        really chgrp incident-bot /etc/incident-bot/env
        say "fill in $root/etc/incident-bot/env, then: systemctl enable --now incident-bot.target"
    fi
}

install_units() {
    mkdir -p "$root/etc/systemd/system"
    for unit in "$here"/incident-bot*.service "$here"/incident-bot*.timer "$here"/incident-bot.target; do
        install -m 0644 "$unit" "$root/etc/systemd/system/"
    done
}

roll_back() {
    test -e "$previous" || fail "there is no version before this one."
    ln -f "$current" "$current.new"
    mv -f "$previous" "$current"
    mv -f "$current.new" "$previous"
    restart
    say "back at $("$current" --version 2>/dev/null || echo "the version before"); rollback again returns."
}

really test "$(id -u)" = 0 || fail "run this as root."
if [ "$what" = rollback ]; then
    roll_back
else
    really make_account
    install_program
    install_settings
    install_units
    restart
fi
