#!/usr/bin/env bash
# Brings ALDIA_IMAGE (of deploy/.env) in without a pause, in the order of docs/runbook.md: the tables, then each kind, new servers
# healthy before the old ones go. A version is taken back by its image and the kinds the other way round.
#   deploy/roll.sh [KIND…]        without any: actions rasa desk jobs
set -euo pipefail
cd "$(dirname "$0")"
compose() { docker compose -f compose.yml "$@"; }
[ $# -gt 0 ] || set -- actions rasa desk jobs

compose run --rm --no-deps migrate
for kind in "$@"; do
  read -ra old <<<"$(compose ps --quiet "$kind" | tr '\n' ' ')"
  compose up --detach --wait --no-deps --no-recreate --scale "$kind=$((${#old[@]} > 0 ? 2 * ${#old[@]} : 2))" "$kind"
  [ ${#old[@]} -gt 0 ] || continue
  sleep "${ALDIA_ROLL_PAUSE:-12}" # until the new ones are found: the proxy asks for names every 2 s, Rasa every 10 s
  docker stop "${old[@]}"
  docker rm "${old[@]}"
done
