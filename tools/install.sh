#!/usr/bin/env bash
# Installs what `make build` has made, so that neither this folder nor Swift is needed any more:
#   tools/install.sh PREFIX      PREFIX/lib/emotive gets the program, its libraries and the bundle that ships, PREFIX/bin a link to it
# What it needs besides are Debian's packages libsndfile1, libsoxr0, liblinear4, libcurl4, and for pictures gnuplot-nox.
# DESTDIR, where it is set, stands before PREFIX, as packagers have it.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
prefix=${1:?install: name a folder, as in tools/install.sh /opt/emotive}
program=.build/release/emotive
[ -x "$program" ] || {
  echo "install: there is no $program; \`make build\` makes it" >&2
  exit 1
}
case $prefix in /*) ;; *) prefix=$PWD/$prefix ;; esac
target=${DESTDIR:-}$prefix/lib/emotive
new=$target.new
mkdir -p "${DESTDIR:-}$prefix/lib" "${DESTDIR:-}$prefix/bin"
rm -rf "$new"
mkdir "$new"
trap 'rm -rf "$new"' EXIT
cp "$program" LICENSE NOTICE docs/model-card.md "$new"
mkdir "$new/Bundles"
cp -r Bundles/emotive "$new/Bundles"
sed "s|@PREFIX@|$prefix|" tools/emotive.service >"$new/emotive.service"
# The program looks for libraries beside itself before it looks where they were when it was built; the system's stay where they are.
missing=$(ldd "$program" | awk '/not found/ { print $1 }')
[ -z "$missing" ] || {
  echo "install: the program lacks $missing; \`make setup\` installs what it needs" >&2
  exit 1
}
ldd "$program" | awk '$3 ~ "^/" && ($3 !~ "^/(usr/)?lib(64)?/" || $3 ~ "/swift/") { print $3 }' | xargs -r cp -L -t "$new"
# An earlier one steps aside, and goes once the new one stands.
rm -rf "$target.old"
[ ! -e "$target" ] || mv "$target" "$target.old"
mv "$new" "$target"
rm -rf "$target.old"
ln -sfn ../lib/emotive/emotive "${DESTDIR:-}$prefix/bin/emotive"
echo "Installed ${DESTDIR:-}$prefix/bin/emotive ($(du -sh "$target" | cut -f1)); a unit for systemd is ${DESTDIR:-}$prefix/lib/emotive/emotive.service."
