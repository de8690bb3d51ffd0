#!/bin/sh
# Hold styles and scripts of the pages to Chrome 90: check.sh [file …]; without a file, all of them.
# Node reads them with linters that package-lock.json pins by hash. Without npm it says so, and CI has npm.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
static=$here/../../services/workflow/adapters/web/static
if ! command -v npm >/dev/null; then
    echo "left out: styles and scripts are not held to Chrome 90 (Debian: apt-get install npm)"
    exit 0
fi
if ! cmp -s "$here/package-lock.json" "$here/node_modules/installed"; then
    (cd "$here" && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error >/dev/null)
    cp "$here/package-lock.json" "$here/node_modules/installed"
fi
[ $# -gt 0 ] || set -- "$static"/*.css "$static"/*.js
cd "$here"
status=0
for file; do
    case $file in
    *.css) node_modules/.bin/stylelint --config stylelint.config.mjs "$file" || status=1 ;;
    *.js) node_modules/.bin/eslint --stdin --stdin-filename "$(basename "$file")" <"$file" || status=1 ;;
    esac
done
exit $status
