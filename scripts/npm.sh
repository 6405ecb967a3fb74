#!/usr/bin/env bash
# Installs the front ends' packages exactly as the lock file names them.
set -euo pipefail
cd "$(dirname "$0")/.."

echo "==> Installing the front ends' packages"
if ! npm ci --prefer-offline --no-progress --loglevel=error; then
	echo "npm could not install the packages of package-lock.json: check npm's messages above, and the registry with 'npm config get registry'." >&2
	exit 1
fi
