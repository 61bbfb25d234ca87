#!/usr/bin/env bash
# Chromium for the browser tests, from Debian's packages; without the right to install, the line to run.
set -euo pipefail
command -v chromium >/dev/null && exit 0
as_root=""
[ "$(id -u)" = 0 ] || as_root="sudo -n"
if command -v apt-get >/dev/null && $as_root apt-get update -qq </dev/null &&
    DEBIAN_FRONTEND=noninteractive $as_root apt-get install -y -qq chromium </dev/null >/dev/null; then
    exit 0
fi
echo "browser tests need Chromium: sudo apt-get install -y chromium" >&2
exit 1
