# Stands in for the official image: Debian's nginx.
ARG BASE
FROM $BASE
RUN useradd --uid 101 nginx && mkdir -p /var/log/nginx /var/lib/nginx /etc/nginx \
    && chown -R nginx: /var/log/nginx /var/lib/nginx
COPY nginx /usr/sbin/nginx
COPY lib /usr/lib/nginx-needs
ENV LD_LIBRARY_PATH=/usr/lib/nginx-needs
