#!/usr/bin/env bash
# Makes the Python environment of the peers: what golden values are made with and benchmarks are paired with.
#   tools/peers.sh [FOLDER]      default .peers; then FOLDER/bin/python
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
peers=${1:-.peers}
python3 -m venv "$peers.new" || {
  rm -rf "$peers.new"
  echo "peers: python3 cannot make an environment: \`apt-get install python3-venv\` brings what it lacks." >&2
  exit 1
}
trap 'rm -rf "$peers.new"' EXIT
python=$peers.new/bin/python
"$python" -m pip install --quiet torch==2.13.0 numpy scipy scikit-learn soundfile safetensors pillow audmetric fastapi uvicorn uvloop httptools
# Without their dependencies, which would put another torch in place of this one.
"$python" -m pip install --quiet --no-deps torchaudio==2.11.0 torchvision==0.28.0

# Both are built for CUDA. Beside a torch for the CPU their compiled parts do not load; what is needed here is Python only.
packages=$("$python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))')
"$python" -c 'import torchaudio' 2>/dev/null || rm -rf "$packages/torchaudio/lib"
"$python" -c 'import torchvision' 2>/dev/null || sed -i '/^ *_meta_registrations,$/d' "$packages/torchvision/__init__.py"
"$python" -c 'import torchaudio, torchvision, scipy, sklearn, audmetric'
rm -rf "$peers"
mv "$peers.new" "$peers"
