#!/usr/bin/env bash
# Fails when a generated file, the formatting or a go.mod is not what it should be.
set -uo pipefail
cd "$(dirname "$0")/.."

failed=0
# check WHAT HINT COMMAND… runs one check and goes on when it fails.
check() {
	local what=$1 hint=$2
	shift 2
	if "$@"; then
		echo "ok    $what"
	else
		echo "FAIL  $what: $hint"
		failed=1
	fi
}

formatted() {
	local files
	files=$(git ls-files -z '*.go' | xargs -0 gofmt -l)
	[[ -z "$files" ]] || { echo "$files"; return 1; }
}

# unchanged FILES COMMAND… runs a generator and compares what it wrote with what
# was there, which is put back.
unchanged() {
	local files=$1 before status=0
	shift
	before=$(mktemp -d)
	# shellcheck disable=SC2086 # a list of names without spaces
	cp --parents $files "$before" && "$@" >/dev/null || status=1
	for file in $files; do
		diff -u "$before/$file" "$file" || status=1
		cp "$before/$file" "$file"
	done
	rm -rf "$before"
	return $status
}

scripts/tools.sh sqlc || exit 1
check "Go formatting" "run gofmt -w on these files" formatted
check "go.mod" "run go mod tidy" go mod tidy -diff
check "temporal/devserver/go.mod" "run go mod tidy there" go -C temporal/devserver mod tidy -diff
check "tools/go.mod" "run go mod tidy there" go -C tools mod tidy -diff
check "generated queries" "run make gen" bin/tools/sqlc diff -f db/sqlc.yaml
check "names of the queries' types" "run make gen" unchanged db/types.go go run ./db/internal/aliases db
check "OpenAPI document" "run make gen" go test -count=1 -run OpenAPI ./api
check "generated TypeScript" "run make gen" unchanged "$(git ls-files '*.gen.ts' | tr '\n' ' ')" \
	npm run --silent gen --workspaces --if-present
exit $failed
