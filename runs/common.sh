# What all runs share; they are started as `DATA=folder WEIGHTS=folder runs/NAME.sh`, and go on where they were killed.
#   DATA      the corpora: ravdess/ savee/ tess/ crema-d/ (default ../shared/data)
#   WEIGHTS   unpacked ImageNet weights, named as `emotive fetch weights` or ../shared/weights names them
#   RUNS      where runs are written (default output/runs)
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
data=${DATA:-../shared/data}
runs=${RUNS:-output/runs}
export EMOTIVE_WEIGHTS=${WEIGHTS:-${EMOTIVE_WEIGHTS:-}}
emotive=${EMOTIVE:-.build/release/emotive}

ravdess=(--corpus "ravdess=$data/ravdess")
all=("${ravdess[@]}" --corpus "savee=$data/savee" --corpus "tess=$data/tess" --corpus "crema-d=$data/crema-d")

# train NAME OPTION...: one run in a folder of its own; a finished one is not repeated.
train() {
  local name=$1
  shift
  echo "== $name"
  "$emotive" train --output "$runs/$name" --resume "$@"
}
