#!/bin/sh
# Print the SQL that makes the four roles and the two databases: postgres-roles.sh FOLDER | psql.
# FOLDER holds one file for each role, named like it, with its password.
# Each service has two roles: the owner of its database, for `migrate` alone, and the one the
# service runs as, which owns nothing. `migrate` grants that one what it needs.
# The postgres image runs this file itself, on an empty data directory.
set -eu
folder=${1-/run/secrets}

roles() {
    for role in shuping_owner shuping_app shuping_notifier_owner shuping_notifier; do
        echo "CREATE ROLE $role LOGIN PASSWORD '$(cat "$folder/$role" | sed "s/'/''/g")';"
    done
    for service in shuping shuping_notifier; do
        echo "CREATE DATABASE $service OWNER ${service}_owner TEMPLATE template0 ENCODING 'UTF8';"
        echo "REVOKE ALL ON DATABASE $service FROM PUBLIC;"
    done
}

if [ -n "${POSTGRES_USER-}" ]; then # set by the image
    roles | psql -q -v ON_ERROR_STOP=1 --username "$POSTGRES_USER"
else
    roles
fi
