# shellcheck shell=bash
# What all runs share; they are started as `DATA=folder WEIGHTS=folder runs/NAME.sh`, and go on where they were killed.
#   DATA      the corpora: ravdess/ savee/ tess/ crema-d/ (default ../shared/data)
#   WEIGHTS   unpacked ImageNet weights, named as `emotive fetch weights` or ../shared/weights names them
#   RUNS      where runs are written (default output/runs)
#   DEVICE    where networks are computed: cpu (default) or cuda
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
data=${DATA:-../shared/data}
runs=${RUNS:-output/runs}
export EMOTIVE_WEIGHTS=${WEIGHTS:-${EMOTIVE_WEIGHTS:-}}
emotive=${EMOTIVE:-.build/release/emotive}
device=${DEVICE:-cpu}

ravdess=(--corpus "ravdess=$data/ravdess")
all=("${ravdess[@]}" --corpus "savee=$data/savee" --corpus "tess=$data/tess" --corpus "crema-d=$data/crema-d")

# train NAME OPTION...: one run in a folder of its own; a finished one is not repeated.
train() {
  local name=$1
  shift
  echo "== $name"
  "$emotive" train --output "$runs/$name" --resume --device "$device" "$@"
}

# The recipe as it was before 2026-11-26, when resnet18.sh and ablations.sh were run.
earlier_recipe=(--recipe shipped --epochs 24 --frame-count 128 --time-shift 20 --time-mask 20 --mixup 0 --speed 0)
