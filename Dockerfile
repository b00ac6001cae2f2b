# One image for web, worker, beat, migrations and the sandbox.
FROM python:3.11-slim-bookworm AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
RUN python -m venv /opt/venv
COPY requirements.txt /tmp/requirements.txt
RUN /opt/venv/bin/pip install --require-hashes -r /tmp/requirements.txt

FROM node:22-bookworm-slim AS sdk
WORKDIR /sdk
RUN npm pack --silent @pipedrive/app-extensions-sdk@0.15.1

FROM python:3.11-slim-bookworm
ENV PATH=/opt/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 \
    DJANGO_SETTINGS_MODULE=invoicebridge.settings IB_VAR_DIR=/var/lib/invoicebridge \
    STATIC_ROOT=/srv/static WEB_BIND=0.0.0.0:8000
RUN useradd --system --uid 10001 --home-dir /nonexistent invoicebridge \
    && install -d -o invoicebridge /var/lib/invoicebridge
COPY --from=build /opt/venv /opt/venv
WORKDIR /srv/invoicebridge
COPY . .
COPY --from=sdk /sdk/ /tmp/sdk/
RUN python -m invoicebridge.frame_sdk /tmp/sdk/*.tgz
# The demo's settings are good enough to collect static files; nothing of them stays in the image.
RUN python -m compileall -q . && IB_PROFILE=demo IB_VAR_DIR=/tmp/build \
    python manage.py collectstatic --noinput --verbosity 0 && rm -rf /tmp/build
USER invoicebridge
EXPOSE 8000
CMD ["python", "-m", "gunicorn", "invoicebridge.wsgi"]
