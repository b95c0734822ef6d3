#!/usr/bin/env bash
# Makes the documentation of the library `Recognition` with DocC.
#   tools/docs.sh [SCRATCH]    into output/docs/; SCRATCH is SwiftPM's build folder, .build by default
# A warning is an error: it may be a link that leads nowhere. There is no package plug-in for this, which every build
# would have to fetch and compile.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
exec </dev/null

scratch=${1:-.build}
docc=$(dirname "$(realpath "$(command -v swift)")")/docc
[ -x "$docc" ] || {
  echo "docs: there is no docc beside $(command -v swift): install a whole Swift toolchain from https://www.swift.org/install." >&2
  exit 1
}
swift build --scratch-path "$scratch" --target Recognition
built=$(swift build --scratch-path "$scratch" --show-bin-path)
symbols=$scratch/documentation
rm -rf "$symbols" output/docs
mkdir -p "$symbols" output
c_modules=(-I Sources/CSndfile -I Sources/CSoxr -I Sources/CLiblinear)
for module in CTorch CFeatures; do c_modules+=(-Xcc "-fmodule-map-file=$built/$module.build/module.modulemap"); done
# `swift package dump-symbol-graph` reads C targets with the C++ standard of the package, and stops there.
swift symbolgraph-extract -module-name Recognition -I "$built/Modules" "${c_modules[@]}" \
  -target "$(swift -print-target-info | sed -nE 's/.*"unversionedTriple": "(.*)".*/\1/p')" \
  -minimum-access-level public -skip-synthesized-members -output-dir "$symbols"
"$docc" convert Sources/Recognition/Recognition.docc --additional-symbol-graph-dir "$symbols" \
  --fallback-display-name Recognition --fallback-bundle-identifier emotive.Recognition \
  --warnings-as-errors --output-path output/docs
echo "The documentation is in output/docs/: \`python3 -m http.server --directory output/docs\`, then"
echo "http://localhost:8000/documentation/recognition in a browser."
