#!/bin/sh
# Run once by the postgres image on an empty data directory: the role of the services, which owns
# nothing, and the notifier's database.
set -eu
psql -v ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname "$POSTGRES_DB" \
    -v password="$(cat "$APP_PASSWORD_FILE")" <<'SQL'
CREATE ROLE shuping_app LOGIN PASSWORD :'password';
CREATE DATABASE shuping_notifier OWNER shuping_owner;
SQL
