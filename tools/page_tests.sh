#!/usr/bin/env bash
# Tests the page of `emotive serve` in headless Chromium; what is missing is installed first.
#   tools/page_tests.sh                       all against the stand-in (no build needed)
#   tools/page_tests.sh --serve PROGRAM       what a healthy server does, against `PROGRAM serve`; faults against the stand-in
#   tools/page_tests.sh --server ADDRESS      the same against a server that runs
# Further arguments go to unittest, as in `-k live`. Pictures go to output/page-tests.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

missing=()
for package in chromium chromium-driver espeak-ng; do
  [ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null)" = installed ] || missing+=("$package")
done
if [ ${#missing[@]} -gt 0 ]; then
  echo "page tests: installing ${missing[*]}"
  as_root=()
  [ "$(id -u)" = 0 ] || as_root=(sudo -n)
  "${as_root[@]}" apt-get -q update >/dev/null || true
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -q install --yes --no-install-recommends "${missing[@]}" >/dev/null
fi

environment=.build/page-tests
if ! [ -x "$environment/bin/python" ]; then
  rm -rf "$environment"
  mkdir -p .build
  trap 'rm -rf "$environment"' EXIT
  python3 -m venv "$environment" || {
    echo "page tests: python3 cannot make an environment: \`apt-get install python3-venv\` brings what it lacks." >&2
    exit 1
  }
  "$environment/bin/python" -m pip install --quiet --disable-pip-version-check selenium==4.51.0
  # Of this one only its copy of axe-core 4.12 is wanted.
  "$environment/bin/python" -m pip install --quiet --disable-pip-version-check --no-deps axe-playwright-python==0.1.8
  trap - EXIT
fi
AXE=$(echo "$PWD/$environment"/lib/python3*/site-packages/axe_playwright_python/axe.min.js)
export AXE

mkdir -p output
test_page=("$environment/bin/python" Tests/PageTests/test_page.py)
started=()
trap 'for process in "${started[@]}"; do kill "$process" 2>/dev/null || true; wait "$process" 2>/dev/null || true; done' EXIT
if [ "${1:-}" = --serve ]; then
  program=$2
  shift 2
  "$program" serve --port 0 >output/page-tests-server.log 2>&1 &
  server=$!
  started+=("$server")
  for _ in $(seq 600); do
    address=$(grep -oEm 1 'http://[^ ,]+[0-9]' output/page-tests-server.log || true)
    [ -z "$address" ] || break
    kill -0 "$server" 2>/dev/null || break
    sleep 0.1
  done
  [ -n "$address" ] || {
    echo "page tests: $program serve does not start:" >&2
    cat output/page-tests-server.log >&2
    exit 1
  }
  test_page+=(--server "$address/")
elif [ "${1:-}" = --server ]; then
  test_page+=(--server "$2")
  shift 2
fi

if [ $# -gt 0 ]; then
  "${test_page[@]}" "$@"
else
  # In two halves at a time, which wait more than they compute.
  "${test_page[@]}" --part 2/2 >output/page-tests-2.log 2>&1 &
  second=$!
  started+=("$second")
  failed=0
  "${test_page[@]}" --part 1/2 || failed=1
  wait "$second" || failed=1
  cat output/page-tests-2.log
  exit "$failed"
fi
