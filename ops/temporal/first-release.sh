#!/bin/sh
# Makes the release of the first start the current one. Later releases are made current by an operator: docs/deploying.md.
set -eu

try=0
until temporal worker deployment describe --name "$WORKER_DEPLOYMENT" >/dev/null 2>&1; do
  try=$((try + 1))
  [ "$try" -lt 60 ] || exit 1
  sleep 1
done

if temporal worker deployment describe --name "$WORKER_DEPLOYMENT" --output json | grep -q '"currentVersionBuildID": *"[^"_]'; then
  echo 'There is a current release already; it stays.'
  exit 0
fi
temporal worker deployment set-current-version --deployment-name "$WORKER_DEPLOYMENT" --build-id "$WORKER_BUILD_ID" --yes
