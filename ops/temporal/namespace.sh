#!/bin/sh
# Makes the namespace and the search attributes of Hermes, once the server is healthy. May run again: retention is brought up to date.
set -eu

try=0
until temporal operator cluster health >/dev/null 2>&1; do
  try=$((try + 1))
  if [ "$try" -ge 60 ]; then
    echo "Temporal at $TEMPORAL_ADDRESS is not healthy after two minutes" >&2
    exit 1
  fi
  sleep 2
done

if temporal operator namespace describe --namespace "$TEMPORAL_NAMESPACE" >/dev/null 2>&1; then
  temporal operator namespace update --namespace "$TEMPORAL_NAMESPACE" --retention "$RETENTION"
else
  temporal operator namespace create --namespace "$TEMPORAL_NAMESPACE" --retention "$RETENTION"
fi

# A new namespace, and a new attribute, is seen by all parts of the server after some seconds.
try=0
for name in HermesSource HermesCompanyId HermesSubject HermesFailure; do
  until temporal operator search-attribute create --namespace "$TEMPORAL_NAMESPACE" --name "$name" --type Keyword; do
    try=$((try + 1))
    [ "$try" -lt 30 ] || exit 1
    sleep 1
  done
done
