#!/usr/bin/env bash
# Make sure that there is a Chromium for tests/browser: on Debian, as root, it is installed; elsewhere they are skipped.
set -euo pipefail
for name in chromium chromium-browser google-chrome; do
  if command -v "$name" >/dev/null; then exit 0; fi
done
if [ "$(id -u)" -eq 0 ] && [ -f /etc/debian_version ] && command -v apt-get >/dev/null; then
  echo "Installing Debian's chromium for the browser tests"
  export DEBIAN_FRONTEND=noninteractive
  { apt-get -qq update && apt-get -qq install --yes --no-install-recommends chromium fonts-noto-core >/dev/null; } ||
    echo "warning: chromium could not be installed: the browser tests are skipped." >&2
else
  echo "No Chromium here: the browser tests are skipped (Debian: apt-get install chromium)."
fi
