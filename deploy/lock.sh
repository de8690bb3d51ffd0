#!/bin/sh
# Write both lock files anew from pyproject.toml, with every file's hash. What is locked stays as it
# is unless pyproject.toml says otherwise; `lock.sh --upgrade` takes the newest of everything.
# Uses uv if it is there; else a pinned one, in a folder that is gone afterwards.
set -eu
cd "$(dirname "$0")/.."

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT INT TERM
uv=uv
if ! command -v uv >/dev/null; then
    "${PYTHON:-python3.11}" -m venv "$folder/venv"
    "$folder/venv/bin/pip" install --quiet --disable-pip-version-check uv==0.9.11
    uv="$folder/venv/bin/uv"
fi

upgrade=${1-}
compile() {
    output=$1
    shift
    "$uv" pip compile pyproject.toml "$@" ${upgrade:+"$upgrade"} --python-version 3.11 --generate-hashes \
        --no-emit-index-url --no-header --quiet --output-file "$output"
}
compile requirements.lock --extra demo
compile requirements-dev.lock --extra demo --extra dev --constraint requirements.lock
