#!/usr/bin/env bash
# Makes the generated files that are committed: queries, OpenAPI, TypeScript types.
set -euo pipefail
cd "$(dirname "$0")/.."

echo "==> Queries (db/query → db/internal)"
go generate ./db/...
echo "==> OpenAPI document (api → api/openapi.yaml)"
go test ./api -run OpenAPI -update >/dev/null
echo "==> TypeScript (api/openapi.yaml → dashboard)"
npm run --silent gen --workspaces --if-present
