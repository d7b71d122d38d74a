#!/bin/sh
# Makes the folder of secrets that docker-compose.yml reads: passwords at random, and empty files for the keys of the accounts. What is
# there is left as it is.
set -eu
folder=${1:-secrets}
mkdir -p "$folder"
# The containers' users read the files, so nobody else may enter the folder.
chmod 700 "$folder"

random() {
  [ -e "$folder/$1" ] || od -An -N24 -tx1 /dev/urandom | tr -d ' \n' >"$folder/$1"
}
empty() {
  [ -e "$folder/$1" ] || : >"$folder/$1"
}

for name in postgres_password hermes_db_password temporal_db_password signing_key grafana_password; do random "$name"; done
for name in tc2_api_key pd_api_key pd_webhook_password g_private_key sentry_dsn temporal_payload_keys; do empty "$name"; done
chmod 444 "$folder"/*
