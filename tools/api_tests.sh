#!/usr/bin/env bash
# Tests the HTTP API of `emotive serve` with schemathesis and with mutated recordings; what is missing is installed first.
#   tools/api_tests.sh PROGRAM [--mutations N] [--examples N] [--seed N]
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

environment=.build/api-tests
if ! [ -x "$environment/bin/python" ]; then
  rm -rf "$environment"
  mkdir -p .build
  trap 'rm -rf "$environment"' EXIT
  python3 -m venv "$environment" || {
    echo "api tests: python3 cannot make an environment: \`apt-get install python3-venv\` brings what it lacks." >&2
    exit 1
  }
  "$environment/bin/python" -m pip install --quiet --disable-pip-version-check schemathesis==4.32.5 soundfile numpy
  trap - EXIT
fi
exec "$environment/bin/python" Tests/APITests/test_api.py "$@"
