#!/bin/sh
# Brings Temporal's two databases to the schema of the tool's version. May run again: what is there is left as it is.
set -eu

bring() {
  SQL_DATABASE=$1
  export SQL_DATABASE
  temporal-sql-tool setup-schema --version 0.0
  temporal-sql-tool update-schema --schema-name "postgresql/v12/$2"
}

bring temporal temporal
bring temporal_visibility visibility
