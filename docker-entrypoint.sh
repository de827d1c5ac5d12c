#!/bin/sh
# Run a subcommand of incident-bot, or else the program that is named:
#   docker run IMAGE migrate
#   docker run IMAGE incident-bot migrate
#   docker run --interactive --tty IMAGE sh
case ${1-} in
    incident-bot | python | sh | /*) exec "$@" ;;
    *) exec incident-bot "$@" ;;
esac
