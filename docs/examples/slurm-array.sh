#!/bin/bash
# Clean shards on a SLURM cluster: one task a slice of the shards, no task talks to another.
#
#   sbatch docs/examples/slurm-array.sh configs/conference.yaml /shared/data/clean
#
# OUT must be a folder that every node sees. Submit the same line again at any time: finished clips are kept, and a clip
# that was cut off goes on from its last frame. Price it first: keyfill plan configs/conference.yaml --num-shards 64
# It renders on CPUs. On GPUs: sbatch --gres=gpu:1 docs/examples/slurm-array.sh CONFIG OUT cuda (or optix, hip)
#SBATCH --job-name=keyfill
#SBATCH --array=0-63
#SBATCH --cpus-per-task=8
#SBATCH --mem=16G
#SBATCH --time=24:00:00
#SBATCH --requeue
#SBATCH --signal=TERM@60
#SBATCH --output=keyfill-%A-%a.log
set -euo pipefail

config=${1:?give a config, e.g. configs/conference.yaml}
out=${2:?give a folder that every node sees}
device=${3:-cpu}
slices=${SLURM_ARRAY_TASK_COUNT:?run this with sbatch}

# exec: SLURM's signal reaches keyfill itself, which ends its frame and says how to go on.
exec .venv/bin/keyfill render "$config" --out "$out" \
  --shard-index "$SLURM_ARRAY_TASK_ID" --num-shards "$slices" \
  --workers 1 --set render.device="$device" --set render.threads="${SLURM_CPUS_PER_TASK:-0}"
