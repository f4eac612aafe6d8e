#!/usr/bin/env bash
# Make sure that there is a promtool for tests/telemetry: Debian's, unpacked into .tools/ without installing anything.
set -euo pipefail
tools="$(cd "$(dirname "$0")/../.." && pwd)/.tools"
if [ -x "$tools/promtool" ] || command -v promtool >/dev/null; then exit 0; fi
if ! { [ -f /etc/debian_version ] && command -v apt-get >/dev/null && command -v dpkg >/dev/null; }; then
  echo "No promtool here: its tests are skipped (Debian, Ubuntu: apt-get install prometheus)."
  exit 0
fi
echo "Fetching Debian's promtool for the tests of the alerts"
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
{ [ "$(id -u)" -ne 0 ] || apt-get -qq update; } &&
  (cd "$work" && apt-get -qq download prometheus 2>/dev/null && dpkg -x prometheus_*.deb unpacked) &&
  mkdir -p "$tools" && cp "$work/unpacked/usr/bin/promtool" "$tools/promtool" ||
  echo "warning: promtool could not be fetched: its tests are skipped." >&2
