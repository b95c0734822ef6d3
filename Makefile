# `make help` lists the targets. All of them work from a clean clone: what is missing is installed first.
.DEFAULT_GOAL := help
.PHONY: help setup build install test test-api test-page example docs demo lint format bench golden clean

# Swift code that the formatter looks after.
SWIFT_CODE := $(wildcard Sources Tests Benchmarks Examples) Package.swift
# The Python environment with the peers that golden values and benchmarks are compared with.
PEERS ?= .peers
# The recording that `make demo` classifies; a sentence spoken by espeak-ng when none is given.
FILE ?=
# The number of broken recordings that `make test-api` sends.
MUTATIONS ?= 10000
# Where `make install` puts the program.
PREFIX ?= /usr/local
export FILE PEERS

help: ## list the targets
	@sed -nE 's/^([a-z-]+):.*## (.*)/  make \1|\2/p' $(MAKEFILE_LIST) | awk -F'|' '{ printf "%-16s %s\n", $$1, $$2 }'

setup: ## install what is missing: system packages, libtorch into .libtorch/ (LIBTORCH_CUDA=1: with CUDA), Swift packages
	@tools/setup.sh

build: setup ## build the release binary, .build/release/emotive
	swift build --configuration release --product emotive

install: build ## install the program, its libraries and the bundle into PREFIX (/usr/local by default), where it runs without Swift
	tools/install.sh "$(PREFIX)"

test: export SETUP_FOR := test
test: setup ## build and run the Swift tests
	swift build --build-tests --explicit-target-dependency-import-check error
	swift test --skip-build --no-parallel --skip '^CommandTests'  # libtorch has one random state for the whole process
	OMP_NUM_THREADS=1 swift test --skip-build --disable-xctest --parallel --filter '^CommandTests'  # those have their own

test-api: setup ## try the API of `emotive serve` with schemathesis and 10,000 broken recordings (MUTATIONS=N)
	swift build --product emotive
	tools/api_tests.sh .build/debug/emotive --mutations $(MUTATIONS)

test-page: setup ## drive the page of `emotive serve` in headless Chromium; pictures in output/page-tests/
	swift build --product emotive
	tools/page_tests.sh --serve .build/debug/emotive

example: setup ## build the package in Examples/Listen, which uses the library
	swift build --package-path Examples/Listen --scratch-path .build

docs: setup ## make the library's documentation with DocC, in output/docs/; a warning is an error
	tools/docs.sh

demo: ## classify a recording (FILE=x.wav, or a spoken sentence) and fine-tune on a small synthetic corpus; results in output/demo/
	@tools/demo.sh "$$FILE"

lint: ## check the format of the Swift code
	swift format lint --strict --recursive $(SWIFT_CODE)

format: ## rewrite the Swift code in the project's format
	swift format --in-place --recursive $(SWIFT_CODE)

bench: build $(PEERS) ## measure training, features, prediction, timelines, the server and loading against PyTorch: 40 minutes
	Benchmarks/run.sh

golden: $(PEERS) ## make the tests' golden values anew with torchaudio, torchvision, SciPy and scikit-learn
	for script in tools/golden_*.py; do echo "$$script"; "$$PEERS/bin/python" "$$script" || exit 1; done

$(PEERS):
	tools/peers.sh $(PEERS)

clean: ## remove what was built and what the demo wrote (libtorch stays)
	rm -rf .build output
