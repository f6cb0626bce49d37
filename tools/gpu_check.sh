#!/usr/bin/env bash
# What a GPU brings to keyfill on this machine, measured: rendering, several clips at once, training, enhancing.
#
#   tools/gpu_check.sh [OUT]                      # on CUDA and OptiX, at 1280x720; some ten minutes
#   DEVICES=cpu SIZE=64x36 tools/gpu_check.sh     # the script itself, tried on processors alone
#
# Prints a table and writes OUT/gpu_check.json (OUT: out/gpu-check). Send it to us with the name of your card.
set -euo pipefail
cd "$(dirname "$0")/.."
python="${PYTHON:-.venv/bin/python}"
out="${1:-out/gpu-check}"
mkdir -p "$out"
"$python" -P -m keyfill doctor | tee "$out/doctor.txt"
exec "$python" tools/gpu_check.py "$out" --devices "${DEVICES:-cuda optix}" --size "${SIZE:-1280x720}" --frames "${FRAMES:-4}"
