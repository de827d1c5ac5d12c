# One image for every program: `docker run … IMAGE web`, or worker, migrate, sh. Each also works
# with `incident-bot` before it; see docker-entrypoint.sh.
FROM python:3.14-slim-trixie AS build
WORKDIR /build
COPY requirements.txt .
# The lock has the hash of every package, so the same packages are installed each time.
RUN python -m venv /opt/incident-bot \
    && /opt/incident-bot/bin/pip install --no-cache-dir --disable-pip-version-check \
        --require-hashes --only-binary :all: -r requirements.txt \
    && /opt/incident-bot/bin/pip uninstall --yes --quiet pip
COPY wsgi.py worker.py gunicorn.conf.py /opt/incident-bot/app/
COPY incident_bot /opt/incident-bot/app/incident_bot
COPY migrations /opt/incident-bot/app/migrations
COPY docker-entrypoint.sh /opt/incident-bot/bin/docker-entrypoint
RUN printf '#!/bin/sh\nexec /opt/incident-bot/bin/python -m incident_bot "$@"\n' \
        >/opt/incident-bot/bin/incident-bot \
    && chmod 0755 /opt/incident-bot/bin/incident-bot /opt/incident-bot/bin/docker-entrypoint \
    && /opt/incident-bot/bin/python -m compileall -q /opt/incident-bot/app

FROM python:3.14-slim-trixie
RUN useradd --uid 10042 --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin incident-bot
COPY --from=build /opt/incident-bot /opt/incident-bot
ENV PATH=/opt/incident-bot/bin:$PATH \
    PYTHONPATH=/opt/incident-bot/app \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    HOST=0.0.0.0
WORKDIR /opt/incident-bot/app
# A number, so that Kubernetes sees that it is not root.
USER 10042:10042
ARG REVISION=""
LABEL org.opencontainers.image.title="incident-bot" \
    org.opencontainers.image.description="A self-hosted incident bot for Slack" \
    org.opencontainers.image.version="1.0.0" \
    org.opencontainers.image.licenses="MIT" \
    org.opencontainers.image.revision="$REVISION"
EXPOSE 3000
STOPSIGNAL SIGTERM
# It knows which program runs: the web process must answer, a worker must look at its queues.
HEALTHCHECK --interval=15s --timeout=10s --start-period=30s --retries=3 CMD ["incident-bot", "healthy"]
ENTRYPOINT ["/opt/incident-bot/bin/docker-entrypoint"]
CMD ["incident-bot", "web"]
