#!/usr/bin/env bash
# Builds temporal/devserver into bin/parley-temporal. The first build takes
# minutes, so its result is kept outside the checkout, under a name that says
# what it was built from.
set -euo pipefail
cd "$(dirname "$0")/.."

module=temporal/devserver
key=$({ go env GOVERSION GOOS GOARCH; cat $module/go.mod $module/go.sum $(ls $module/*.go | grep -v _test.go); } | sha256sum | cut -c1-16)
cache="${XDG_CACHE_HOME:-$HOME/.cache}/parley/temporal-$key"

if [[ ! -x "$cache/parley-temporal" ]]; then
	echo "==> Building Temporal and Temporal Web (once; some minutes on a small machine)"
	mkdir -p "$cache"
	exec {lock}>"$cache/lock"
	flock "$lock" # of two checkouts that need it at once, one builds it
fi
if [[ ! -x "$cache/parley-temporal" ]]; then
	(cd $module && go build -ldflags='-s -w' -o "$cache/parley-temporal.new" .)
	mv "$cache/parley-temporal.new" "$cache/parley-temporal"
fi
mkdir -p bin
ln -sf "$cache/parley-temporal" bin/parley-temporal
