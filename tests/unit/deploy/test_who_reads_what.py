"""Each unit and each container is given its own settings and no other secret."""

import re
from typing import Any

import pytest
import yaml

from deploy.running import ROOT

UNITS = {
    "shuping-migrate.service": ("shuping", "migrate.env"),
    "shuping-workflow@.service": ("shuping", "workflow.env"),
    "shuping-notifier-migrate.service": ("shuping-notifier", "notifier-migrate.env"),
    "shuping-notifier.service": ("shuping-notifier", "notifier.env"),
}
OWNERS = {
    "migration_database_url": "migrate",
    "notifier_migration_database_url": "notifier-migrate",
}


def test_each_unit_reads_its_own_file_as_a_user_of_its_service() -> None:
    found = {}
    for file in (ROOT / "deploy" / "systemd").glob("*.service"):
        text = file.read_text("utf-8")
        users = re.findall(r"^User=(.*)$", text, re.MULTILINE)
        read = re.findall(r"^EnvironmentFile=/etc/shuping/(.*)$", text, re.MULTILINE)
        found[file.name] = (*users, *read)
    assert found == UNITS


@pytest.mark.parametrize(("secret", "container"), OWNERS.items())
def test_the_owners_address_is_given_to_the_container_that_migrates(
    secret: str, container: str
) -> None:
    services: dict[str, Any] = yaml.safe_load((ROOT / "deploy/compose.yaml").read_text("utf-8"))[
        "services"
    ]
    given = [name for name, service in services.items() if secret in service["secrets"]]
    assert given == [container]


def test_a_container_is_given_every_secret_that_its_settings_name() -> None:
    for service in yaml.safe_load((ROOT / "deploy/compose.yaml").read_text("utf-8"))[
        "services"
    ].values():
        named = re.findall(r"/run/secrets/(\w+)", str(service["environment"]))
        assert set(named) <= set(service["secrets"])
