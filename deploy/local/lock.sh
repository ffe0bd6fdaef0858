#!/usr/bin/env bash
# Resolve into the lock files: pinned, hashed, and without the address of any index.
set -eu
options="--generate-hashes --no-emit-index-url --no-emit-find-links --no-header --no-annotate --python-version 3.11 --universal --quiet"
.venv/bin/python -m uv pip compile pyproject.toml --extra build $options -o requirements.txt
.venv/bin/python -m uv pip compile pyproject.toml --extra build --extra dev $options -o requirements-dev.txt
.venv/bin/python -m uv pip compile tests/bench/peers/requirements.in $options -o requirements-bench.txt
