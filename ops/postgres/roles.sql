-- Run once, when the data folder is made: a role and its databases for Hermes, and others for Temporal. The passwords are secrets in
-- files, which the server reads itself. Statements are separated by empty lines.

do $$ begin
  execute format('create role hermes login password %L', rtrim(pg_read_file('/run/secrets/hermes_db_password'), E'\r\n'));
  execute format('create role temporal login password %L', rtrim(pg_read_file('/run/secrets/temporal_db_password'), E'\r\n'));
end $$;

create database hermes owner hermes;

create database temporal owner temporal;

create database temporal_visibility owner temporal;

revoke connect on database hermes from public;

revoke connect on database temporal from public;

revoke connect on database temporal_visibility from public;
