#!/usr/bin/env bash
# Makes the documentation of the library `Recognition` with DocC.
#   tools/docs.sh [SCRATCH]    into output/docs/; SCRATCH is SwiftPM's build folder, .build by default
# A warning is an error, as a link that leads nowhere is one.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
exec </dev/null

scratch=${1:-.build}
docc=$(dirname "$(realpath "$(command -v swift)")")/docc
[ -x "$docc" ] || {
  echo "docs: there is no docc beside $(command -v swift): install a whole Swift toolchain from https://www.swift.org/install." >&2
  exit 1
}
swift package --scratch-path "$scratch" dump-symbol-graph --minimum-access-level public --skip-synthesized-members
symbols=$scratch/documentation
rm -rf "$symbols"
mkdir -p "$symbols" output
cp "$(swift build --scratch-path "$scratch" --show-bin-path)"/../symbolgraph/Recognition.symbols.json "$symbols"
rm -rf output/docs
"$docc" convert Sources/Recognition/Recognition.docc --additional-symbol-graph-dir "$symbols" \
  --fallback-display-name Recognition --fallback-bundle-identifier emotive.Recognition \
  --warnings-as-errors --output-path output/docs
echo "The documentation is in output/docs/: \`python3 -m http.server --directory output/docs\`, then http://localhost:8000/documentation/recognition"
