#!/usr/bin/env bash
# Checks the two tools that a machine has to bring along.
set -euo pipefail

need_go=1.26.8
need_node=20.19.0

# at_least HAVE WANT
at_least() { [[ "$(printf '%s\n%s\n' "$2" "$1" | sort -V | head -1)" == "$2" ]]; }

have_go=$(go env GOVERSION 2>/dev/null | sed 's/^go//; s/[^0-9.].*//') || have_go=
if [[ -z "$have_go" ]]; then
	echo "Parley needs Go $need_go or newer, and there is no 'go' in PATH: install it from https://go.dev/dl." >&2
	exit 1
fi
if ! at_least "$have_go" "$need_go"; then
	echo "Parley needs Go $need_go or newer, and this is $have_go: update it from https://go.dev/dl." >&2
	exit 1
fi

have_node=$(node --version 2>/dev/null | sed 's/^v//') || have_node=
if [[ -z "$have_node" ]]; then
	echo "Parley needs Node.js $need_node or newer, and there is no 'node' in PATH: install it from https://nodejs.org." >&2
	exit 1
fi
if ! at_least "$have_node" "$need_node"; then
	echo "Parley needs Node.js $need_node or newer, and this is $have_node: update it from https://nodejs.org." >&2
	exit 1
fi
