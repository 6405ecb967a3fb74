#!/usr/bin/env bash
# Builds tools of the tools/ module into bin/tools: tools.sh golangci-lint …
set -euo pipefail
cd "$(dirname "$0")/.."

declare -A packages=(
	[golangci-lint]=github.com/golangci/golangci-lint/v2/cmd/golangci-lint
	[gotestsum]=gotest.tools/gotestsum
	[sqlc]=github.com/sqlc-dev/sqlc/cmd/sqlc
	[workflowcheck]=go.temporal.io/sdk/contrib/tools/workflowcheck
)

key=$({ go env GOVERSION; cat tools/go.mod tools/go.sum; } | sha256sum | cut -c1-16)
cache="${XDG_CACHE_HOME:-$HOME/.cache}/parley/tools-$key"
mkdir -p bin/tools "$cache"
for tool in "$@"; do
	if [[ ! -x "$cache/$tool" ]]; then
		echo "==> Building $tool (once)"
		(cd tools && CGO_ENABLED=0 go build -ldflags='-s -w' -o "$cache/$tool" "${packages[$tool]}")
	fi
	ln -sf "$cache/$tool" "bin/tools/$tool"
done
