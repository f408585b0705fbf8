# Two images: `app` (web, worker, beat, migrate) and `proxy` (nginx with the static files of the same build).
FROM python:3.11-slim-bookworm AS app
WORKDIR /app
COPY script/system-packages.txt /tmp/
RUN apt-get update \
    && awk '$1 == "server" {print $2}' /tmp/system-packages.txt | xargs apt-get install -y --no-install-recommends \
    && rm -rf /var/lib/apt/lists/*
COPY requirements.txt ./
RUN pip install --no-cache-dir -r requirements.txt
# The number is that of the proxy's user too, who reads what this one stores.
RUN useradd --uid 10001 --no-create-home kinerjaku \
    && install -d -o kinerjaku -g kinerjaku /data /data/media
COPY . ./
ENV DJANGO_SETTINGS_MODULE=kinerjaku.settings.base DATA_DIR=/data HOME=/tmp PYTHONUNBUFFERED=1
RUN SECRET_KEY=build AUDIT_KEY=build BASE_URL=https://build.invalid DATA_DIR=/tmp/build \
    python manage.py collectstatic --no-input && python -m compileall -q . && rm -rf /tmp/build
USER kinerjaku

FROM debian:bookworm-slim AS proxy
COPY script/system-packages.txt /tmp/
RUN apt-get update \
    && awk '$2 ~ /nginx/ {print $2}' /tmp/system-packages.txt | xargs apt-get install -y --no-install-recommends \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --uid 10001 --no-create-home kinerjaku \
    && install -d -o kinerjaku -g kinerjaku /var/cache/kinerjaku
COPY deploy/nginx.conf /etc/nginx/nginx.conf
COPY --from=app /app/staticfiles /srv/static
USER kinerjaku
CMD ["nginx", "-g", "daemon off;"]
