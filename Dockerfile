# keyfill on CPUs, for any user id, home or none, also read-only:
#   docker build -t keyfill:0.1.0 .
#   docker run --rm --user 12345 --read-only --tmpfs /tmp -v "$PWD/data:/data" keyfill:0.1.0 render ... --out /data/clean
FROM python:3.11-slim-bookworm
WORKDIR /keyfill
COPY . .
# Shared libraries that the renderer loads even without a screen.
RUN sh tools/system-packages renderer && rm -rf /var/lib/apt/lists/*
RUN python3.11 -m venv .venv
RUN .venv/bin/python -m pip install --no-cache-dir -c constraints.txt --config-settings editable_mode=compat -e ".[farm]"
# The body model, built once, readable for all.
ENV KEYFILL_CACHE=/keyfill/.cache
RUN .venv/bin/python -m scenes.body.body_model
USER 65532:65532
ENTRYPOINT ["/keyfill/.venv/bin/keyfill"]
CMD ["doctor", "--out", "/tmp/out"]
