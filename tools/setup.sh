#!/usr/bin/env bash
# Brings in whatever the build needs and this machine lacks: system packages, libtorch, Swift packages.
#   tools/setup.sh                    libtorch for the CPU, into .libtorch/
#   LIBTORCH_CUDA=1 tools/setup.sh    the same with all of CUDA, some 3 GB more
#   LIBTORCH=FOLDER tools/setup.sh    uses a libtorch that is already there
#   SETUP_FOR=test tools/setup.sh     also the browser that tests open pages in, some 400 MB on disk
# It asks no question, installs only what is missing, and may run any number of times.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

swift_needed=6.3
torch_needed=2.13.0
# What libtorch_cpu.so of PyPI's CUDA build is linked to besides system libraries, in the versions that torch 2.13.0 asks for.
cuda_runtime=(nvidia-cuda-runtime==13.0.96 nvidia-cuda-cupti==13.0.85)
system_packages=(libsndfile1-dev libsoxr-dev liblinear-dev pkg-config gnuplot-nox fonts-dejavu-core espeak-ng git)
[ "${SETUP_FOR:-}" != test ] || system_packages+=(chromium chromium-driver)
log=output/setup.log

say() { echo "setup: $*"; }
die() {
  echo "setup: $*" >&2
  exit 1
}
# For what has no sentence of its own: shows the end of the log first.
die_with_log() {
  tail -n 5 "$log" | sed 's/^/  | /' >&2
  die "$@"
}
log_shows() { grep -qiE "$1" "$log"; }
unreachable='could not resolve|temporary failure|could not connect|unable to connect|cannot initiate the connection'
unreachable+='|failed to establish|connection (refused|broken)|network is unreachable|max retries|timed out'

check_folder() {
  local folder
  for folder in . .build .libtorch output; do
    [ ! -e "$folder" ] || [ -w "$folder" ] ||
      die "$(id -un) may not write to $(realpath "$folder"): give it to this user with \`sudo chown -R $(id -un) $PWD\`."
  done
  mkdir -p output
}

check_swift() {
  local get="install Swift $swift_needed or later from https://www.swift.org/install and put its usr/bin on the PATH"
  command -v swift >/dev/null || die "no swift on the PATH: $get."
  local found
  found=$(swift --version 2>/dev/null | sed -nE 's/.*Swift version ([0-9]+(\.[0-9]+)+).*/\1/p' | head -n 1 || true)
  printf '%s\n' "$swift_needed" "$found" | sort -VC ||
    die "Swift $swift_needed or later is needed and $(command -v swift) is ${found:-of no known version}: $get."
}

install_system_packages() {
  if ! command -v apt-get >/dev/null; then
    pkg-config --exists sndfile soxr 2>/dev/null && command -v gnuplot >/dev/null && command -v espeak-ng >/dev/null ||
      die "no apt-get here: install pkg-config, gnuplot, espeak-ng and the headers of libsndfile, libsoxr and LIBLINEAR by hand."
    return
  fi
  local package missing=()
  for package in "${system_packages[@]}"; do
    [ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null)" = installed ] || missing+=("$package")
  done
  [ ${#missing[@]} -gt 0 ] || return 0

  local as_root=()
  if [ "$(id -u)" != 0 ]; then
    as_root=(sudo -n)
    "${as_root[@]}" true 2>/dev/null ||
      die "system packages are missing and sudo is not usable without a password: run \`sudo apt-get install ${missing[*]}\` first."
  fi
  say "installing system packages: ${missing[*]}"
  local apt=("${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -q -o DPkg::Lock::Timeout=120)
  # An update fails when any one source is bad, perhaps one that is not needed: the installation decides.
  { "${apt[@]}" update || true; "${apt[@]}" install --yes --no-install-recommends "${missing[@]}"; } \
    </dev/null >"$log" 2>&1 && return
  log_shows "$unreachable" &&
    die "no network reaches apt's sources, which ${missing[*]} must come from: mend the network and run again."
  die_with_log "apt-get cannot install ${missing[*]}: mend what it says in $log and run again."
}

# pip_install ARGUMENT...: into the folder $new; the progress bar shows, what goes wrong is put into a sentence.
pip_install() {
  mkdir -p "$new/tmp"
  TMPDIR=$PWD/$new/tmp python3 -m pip install --disable-pip-version-check --no-input --no-compile --only-binary :all: \
    --upgrade --target "$new" "$@" </dev/null 2>"$log" && return
  log_shows 'no space left' &&
    die "the disk of $PWD is full: libtorch needs 3 GB while it is being installed (11 GB with LIBTORCH_CUDA=1)."
  log_shows "$unreachable" &&
    die "no network reaches the Python package index, which libtorch comes from: mend the network and run again."
  log_shows 'no matching distribution' &&
    die "pip offers no torch $torch_needed for $(python3 -V) on $(uname -sm): use Python 3.10 to 3.14 on 64-bit Linux."
  die_with_log "pip cannot install libtorch: mend what it says in $log and run again."
}

libraries_not_found() { ldd "$new/torch/lib/libtorch_cpu.so" | awk '/not found/ { printf " %s", $1 }'; }

# Puts torch's wheel into .libtorch/. All happens in a folder beside it, which takes its place when it is complete.
install_libtorch() {
  if [ -n "${LIBTORCH:-}" ]; then
    [ -e "$LIBTORCH/include/torch/csrc/api/include/torch/torch.h" ] ||
      die "LIBTORCH is set to $LIBTORCH, which holds no libtorch: unset it, or set it to the folder that holds include/ and lib/."
    return
  fi
  local build=cpu
  [ "${LIBTORCH_CUDA:-0}" != 1 ] || build=cuda
  local installed
  installed=$(cat .libtorch/VERSION 2>/dev/null || true)
  case "$installed" in "$torch_needed $build" | "$torch_needed cuda") return ;; esac

  python3 -m pip --version >/dev/null 2>&1 ||
    die "no pip for python3, which libtorch is installed with: \`apt-get install python3-pip\` brings it (with sudo if not root)."
  say "installing libtorch $torch_needed ($build) into .libtorch/"
  new=.libtorch.new
  rm -rf "$new"
  trap 'rm -rf "$new"' EXIT
  if [ "$build" = cuda ]; then
    pip_install "torch===$torch_needed"  # `===` leaves out a +cpu build
  else
    pip_install --no-deps "torch==$torch_needed"
    if [ "$(uname)" = Linux ] && [[ $(libraries_not_found) =~ cudart|cupti ]]; then
      pip_install --no-deps "${cuda_runtime[@]}"
      rm -f "$new"/torch/lib/libtorch_{cuda,cuda_linalg,nvshmem}.so  # half of the size, and never loaded
    fi
  fi
  local absent=""
  [ "$(uname)" != Linux ] || absent=$(libraries_not_found)
  [ -z "$absent" ] || die "libtorch cannot be loaded here for want of$absent: install the system package that holds it."
  # Headers and libraries stay, Python code and test programs go.
  find "$new/torch" -mindepth 1 -maxdepth 1 ! -name include ! -name lib ! -name share -exec rm -rf {} +
  rm -rf "${new:?}"/{tmp,bin,functorch,torchgen}
  echo "$torch_needed $build" >"$new/VERSION"
  rm -rf .libtorch
  mv "$new" .libtorch
}

fetch_swift_packages() {
  [ ! -e .build/workspace-state.json ] || return 0
  say "fetching Swift packages"
  swift package resolve </dev/null >"$log" 2>&1 && return
  rm -f .build/workspace-state.json  # it may be there, half filled
  # SwiftPM's own message seldom says that it was the network.
  GIT_TERMINAL_PROMPT=0 git ls-remote --quiet https://github.com/apple/swift-argument-parser HEAD >/dev/null 2>&1 ||
    die "no network reaches github.com, which the Swift packages come from: mend the network and run again."
  die_with_log "the Swift packages cannot be resolved: mend what \`swift package resolve\` says in $log and run again."
}

check_folder
check_swift
install_system_packages
install_libtorch
fetch_swift_packages
