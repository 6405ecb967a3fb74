#!/usr/bin/env bash
# Runs every suite of tests, also after one has failed, and ends with what each
# of their runners said last.
set -uo pipefail
cd "$(dirname "$0")/.."

scripts/deps.sh compiler database browser && make build && scripts/tools.sh gotestsum || exit 1

logs=test-results/logs
rm -rf "$logs"
mkdir -p "$logs"
names=()
failed=0

# suite NAME COMMAND… keeps the output for the summary.
suite() {
	local name=$1 began=$SECONDS
	shift
	names+=("$name")
	echo
	echo "==> $name"
	if "$@" 2>&1 | tee "$logs/$name.log"; then
		echo "passed in $((SECONDS - began)) s" >"$logs/$name.result"
	else
		echo "FAILED after $((SECONDS - began)) s" >"$logs/$name.result"
		failed=1
	fi
}

# A name, not a folder: the folder widget would also stand for those in it.
script() { npm run --silent "$2" -w "@parley/$1"; }

beside() { bin/parley exec -- "$@"; }

suite go beside bin/tools/gotestsum --format pkgname --format-hide-empty-pkg -- -race -p 2 -timeout 25m ./...
suite temporal beside go -C temporal/devserver test -timeout 10m ./...
suite types npm run --silent typecheck --workspaces --if-present
suite widget script widget test
suite widget-browser script widget test:browser
suite dashboard script dashboard test
if [[ -r e2e/package.json ]]; then suite browser script e2e e2e; fi

echo
echo "==> What the runners said"
for name in "${names[@]}"; do
	echo
	echo "--- $name: $(cat "$logs/$name.result")"
	# Colours would hide empty lines from the filter.
	sed 's/\x1b\[[0-9;]*m//g' "$logs/$name.log" | grep -v '^[[:space:]]*$' | tail -8
done
echo
if ((failed)); then
	echo "Some tests failed; the whole output is in $logs."
	exit 1
fi
echo "All tests passed."
