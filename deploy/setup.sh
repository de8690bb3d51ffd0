#!/bin/sh
# Make .venv from a hash-locked list: setup.sh runtime | dev. Does nothing when it is up to date.
# Needs /bin/sh and Python 3.11 alone; Debian's python3-venv is installed, or named, if missing.
set -eu
cd "$(dirname "$0")/.."

case ${1-} in
runtime) lock=requirements.lock ;;
dev) lock=requirements-dev.lock ;;
*) echo "usage: setup.sh runtime | dev" >&2; exit 2 ;;
esac

digest() { sha256sum "$1" | cut -d' ' -f1; }
stamp() { echo ".venv/installed-$1"; }
is_current() { [ "$(cat "$(stamp "$1")" 2>/dev/null)" = "$(digest "$1")" ]; }

if [ -x .venv/bin/python ] && is_current "$lock"; then
    exit 0
fi

# Debian's own build comes first: it is made with PGO and a third faster than a plain one.
find_python() {
    for python in /usr/bin/python3.11 python3.11 python3; do
        "$python" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info[:2] != (3, 11))' \
            2>/dev/null && return 0
    done
    return 1
}

if ! find_python; then
    if [ "$(id -u)" = 0 ]; then as_root=""; else as_root="sudo -n"; fi
    if command -v apt-get >/dev/null && { [ -z "$as_root" ] || $as_root true 2>/dev/null; }; then
        echo "installing python3-venv (Debian)"
        export DEBIAN_FRONTEND=noninteractive
        log=$(mktemp)
        { $as_root apt-get -qq update &&
            $as_root apt-get -qq -y install --no-install-recommends python3 python3-venv
        } >"$log" 2>&1 </dev/null || tail -5 "$log" >&2
        rm -f "$log"
    fi
    if ! find_python; then
        echo "missing: Python 3.11 with venv (Debian: apt-get install python3 python3-venv)" >&2
        exit 1
    fi
fi

[ -x .venv/bin/python ] || rm -rf .venv # half made, or its Python is gone
if ! .venv/bin/python -m pip --version >/dev/null 2>&1; then
    echo "making .venv ($("$python" --version))"
    "$python" -m venv .venv || { rm -rf .venv; echo "setup: making .venv failed" >&2; exit 1; }
fi
failed() {
    echo "setup: $1 failed, see above. $2 Then run this again: what is done stays done." >&2
    exit 1
}
echo "installing from $lock"
# Wheels only: a source package would run its author's code here, and need a compiler.
# --no-deps: the list is whole, and a resolver would look past it for a package that is wanted with
# an extra, find a newer release than the one locked, and stop. `pip check` holds that it is whole.
.venv/bin/python -m pip install --quiet --disable-pip-version-check --no-input \
    --only-binary :all: --no-deps --require-hashes -r "$lock" </dev/null ||
    failed "installing from $lock" "If the network or the package index was away, wait for it."
if ! said=$(.venv/bin/python -m pip --disable-pip-version-check check); then
    echo "$said" >&2
    failed "pip check" "If .venv was not made by this script, remove it; else $lock lacks something."
fi

digest "$lock" >"$(stamp "$lock")"
# The longer list holds the shorter one, at the same versions.
[ "$lock" = requirements.lock ] || digest requirements.lock >"$(stamp requirements.lock)"

# Slips, letters and reports are laid out by Pango; without it all else works, and printing says so.
# Here it is named only: `make test` installs it, where it may, before the tests that print.
lacking=""
if command -v ldconfig >/dev/null && ! ldconfig -p | grep -q libpango-1.0; then
    lacking="libpango-1.0-0 libpangoft2-1.0-0"
fi
if ! find /usr/share/fonts -name '*CJK*' 2>/dev/null | grep -q .; then
    lacking="$lacking fonts-noto-cjk"
fi
if [ "$1" = dev ] && ! command -v pdftotext >/dev/null; then
    lacking="$lacking poppler-utils"
fi
[ -z "$lacking" ] || echo "for printing: Pango, a Chinese font and what reads a PDF (Debian: apt-get install ${lacking# })"
