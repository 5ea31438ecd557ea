#!/usr/bin/env bash
# The last step of action.yml: its inputs, which come as environment variables, become flags of `scidocs gate`.
set -euo pipefail

flags=("$INPUT_RECORD" --github)
add() { if [ -n "$2" ]; then flags+=("$1" "$2"); fi; }
# Several limits stand between blanks; none of them is expanded as a file name.
set -f
for limit in ${INPUT_MAX_DROP:-}; do flags+=(--max-drop "$limit"); done
for limit in ${INPUT_MIN:-}; do flags+=(--min "$limit"); done
set +f
add --baseline "${INPUT_BASELINE:-}"
add --min-coverage "${INPUT_MIN_COVERAGE:-}"
add --config "${INPUT_CONFIG:-}"
add --junit "${INPUT_JUNIT:-}"
if [ "${INPUT_SIGNIFICANT:-false}" = true ]; then flags+=(--significant); fi

exec node "$(dirname "${BASH_SOURCE[0]}")/../dist/cli/main.js" gate "${flags[@]}"
