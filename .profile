# Heroku reads this in each dyno before the line of the Procfile. Its key-value store has a certificate
# that nobody has signed, and sets REDIS_URL itself: only here can be said that it is not checked.
case "${DYNO:+${REDIS_URL:-}}" in
*\?*) ;;
rediss://*.amazonaws.com:*) export REDIS_URL="$REDIS_URL?ssl_cert_reqs=none" ;;
esac
