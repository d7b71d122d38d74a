#!/bin/sh
# Runs a program of Temporal with the database's password from the file that POSTGRES_PWD_FILE names: they read no files themselves.
set -eu
POSTGRES_PWD=$(cat "$POSTGRES_PWD_FILE")
export POSTGRES_PWD SQL_PASSWORD="$POSTGRES_PWD"
exec "$@"
