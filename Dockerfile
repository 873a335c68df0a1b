# docker build -t territoires . && docker run -p 8000:8000 -v territoires:/data territoires
#
# The catalogue with its documented cases at http://127.0.0.1:8000/docs, as an ordinary user; it writes in /data alone,
# so `--read-only` holds. The base is pinned by its tag: pin its digest too where you can verify one.

FROM python:3.11-slim-trixie AS builder
WORKDIR /app
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
RUN python -m venv .venv
COPY requirements.txt .
RUN .venv/bin/pip install --require-hashes --no-deps -r requirements.txt
COPY . .
# As `make setup` does it: the migrations are found beside the code. Nothing can be compiled later, in a read-only image.
RUN .venv/bin/pip install --no-deps --no-build-isolation -e . \
 && python -m compileall -q api seed migrations

FROM python:3.11-slim-trixie
RUN useradd --uid 10001 --user-group --no-create-home --home-dir /data --shell /usr/sbin/nologin territoires \
 && install --directory --owner 10001 --group 10001 /data
COPY --from=builder /app /app
ENV PATH=/app/.venv/bin:$PATH PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1
# For several machines, or to be reached under a name of yours, set these anew.
ENV TERRITOIRES_DATABASE_URL=sqlite:////data/territoires.sqlite
ENV TERRITOIRES_PUBLIC_URL=http://127.0.0.1:8000
USER 10001:10001
# SQLite's temporary files go to the working directory when no other can be written.
WORKDIR /data
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=10s --start-period=30s \
  CMD ["python", "-c", "from urllib.request import urlopen; urlopen('http://127.0.0.1:8000/health/ready', timeout=8)"]
# Each step can be run by itself instead: … territoires territoires serve --host 0.0.0.0 --workers 4
CMD ["sh", "-c", "territoires migrate && territoires seed && exec territoires serve --host 0.0.0.0"]
