#!/usr/bin/env bash
# Runs every linter and type checker, also after one has failed.
set -uo pipefail
cd "$(dirname "$0")/.."

failed=0
check() {
	local what=$1
	shift
	echo "==> $what"
	"$@" || { echo "FAIL  $what"; failed=1; }
}

scripts/tools.sh golangci-lint workflowcheck || exit 1
check "golangci-lint" bin/tools/golangci-lint run --allow-serial-runners ./...
check "golangci-lint, Temporal" bash -c 'cd temporal/devserver && ../../bin/tools/golangci-lint run --allow-serial-runners -c ../../.golangci.yml ./...'
check "workflowcheck" bin/tools/workflowcheck ./workflows/...
check "Biome" npm run --silent lint
check "TypeScript" npm run --silent typecheck --workspaces --if-present
exit $failed
