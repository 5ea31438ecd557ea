#!/usr/bin/env bash
# The last step of action.yml: its inputs, which come as environment variables, become flags of `scidocs gate`.
set -euo pipefail

fail() { echo "scidocs gate: $1" >&2; exit 2; }

# YAML writes a truth value in many ways; anything else is no answer.
truth() {
  case "$(printf %s "$2" | tr '[:upper:]' '[:lower:]')" in
    true | yes | on | 1) echo true ;;
    false | no | off | 0) echo false ;;
    "") ;;
    *) fail "$1: expected true or false" ;;
  esac
}

[ -n "${INPUT_RECORD:-}" ] || fail "record: give the run record to judge"
# Values are tied to their flags by =, and the record stands behind --, so that an input such as --version is never a flag.
flags=(--github)
add() { if [ -n "$2" ]; then flags+=("$1=$2"); fi; }
# Several limits stand between blanks; none of them is expanded as a file name.
set -f
for limit in ${INPUT_MAX_DROP:-}; do flags+=("--max-drop=$limit"); done
for limit in ${INPUT_NON_INFERIOR:-}; do flags+=("--non-inferior=$limit"); done
for limit in ${INPUT_MIN:-}; do flags+=("--min=$limit"); done
set +f
add --baseline "${INPUT_BASELINE:-}"
add --min-coverage "${INPUT_MIN_COVERAGE:-}"
add --config "${INPUT_CONFIG:-}"
add --junit "${INPUT_JUNIT:-}"
significant=$(truth significant "${INPUT_SIGNIFICANT:-}")
allow_fewer=$(truth allow-fewer "${INPUT_ALLOW_FEWER:-}")
# What is not said is left to the configuration.
case "$significant" in true) flags+=(--significant) ;; false) flags+=(--no-significant) ;; esac
case "$allow_fewer" in true) flags+=(--allow-fewer) ;; false) flags+=(--no-allow-fewer) ;; esac

output=$(mktemp)
trap 'rm -f "$output"' EXIT
status=0
node "$(dirname "${BASH_SOURCE[0]}")/../dist/cli/main.js" gate "${flags[@]}" -- "$INPUT_RECORD" >"$output" || status=$?
cat "$output"
# Nothing but a verdict is a pass.
if [ "$status" = 0 ] && ! grep -q '^PASS  ' "$output"; then fail "no verdict was given"; fi
exit "$status"
