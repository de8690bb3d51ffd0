"""The settings, read once from the environment and checked as a whole before anything starts."""

import ipaddress
import re
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, urlsplit

from services.notifier.adapters.channels import REGISTERED, Open
from services.notifier.adapters.channels.mailbox import Opening, read_mailbox
from services.notifier.adapters.channels.returning import read_returning

ENVIRONMENTS = ("production", "demo", "test")
FEEDS = ("http", "kafka")
DATABASE = "SHUPING_NOTIFIER_DATABASE_URL"
MIGRATION = "SHUPING_NOTIFIER_MIGRATION_DATABASE_URL"
KAFKA_PROTOCOLS = ("PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL")
KAFKA_MECHANISMS = ("SCRAM-SHA-512", "PLAIN")
_BROKER = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+):[0-9]{1,5}")
_LARGEST_PORT = 65535
_SHORTEST_TOKEN = 16


class SettingsFaults(Exception):
    """Everything that is wrong with the settings, one line each."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__("\n".join(faults))
        self.faults = tuple(faults)


@dataclass(frozen=True, kw_only=True, slots=True)
class Settings:
    """What one notifier is told from outside."""

    environment: str
    database_url: str
    host: str
    port: int
    feed: str
    workflow_url: str
    workflow_token: str
    public_url: str
    token: str  # what callers of /v1/ must show
    channels: Mapping[str, Open]  # by name, those that this installation has
    mailbox: Opening | None  # of what comes back; None: nobody reads it
    kafka: Mapping[str, Any] | None  # where brokers are and how to get in, in their library's words
    clock_file: Path | None
    policy_file: Path | None


@dataclass(frozen=True, kw_only=True, slots=True)
class MigrationSettings:
    """What `migrate` needs: the owner's address, and the one whose role is granted its rights."""

    owner_url: str
    app_url: str


def read_migration_settings(environ: Mapping[str, str]) -> MigrationSettings:
    """Return what `migrate` needs; one address alone serves as both.

    Raises:
        SettingsFaults: all faults at once.
    """
    reader = _Reader(environ)
    app_url = reader.database_url(DATABASE)
    owner_url = reader.database_url(MIGRATION) if reader.has(MIGRATION) else app_url
    reader.check_same_kind(owner_url, app_url)
    reader.finish()
    return MigrationSettings(owner_url=owner_url, app_url=app_url)


def read_settings(environ: Mapping[str, str]) -> Settings:
    """Return the settings in *environ*.

    Raises:
        SettingsFaults: all faults at once.
    """
    reader = _Reader(environ)
    host, port = reader.bind("SHUPING_NOTIFIER_BIND", "127.0.0.1:8081")
    settings = Settings(
        environment=reader.environment,
        database_url=reader.database_url(DATABASE),
        host=host,
        port=port,
        feed=reader.choice("SHUPING_FEED", FEEDS, "http"),
        workflow_url=reader.web_address("SHUPING_WORKFLOW_URL"),
        workflow_token=reader.token("SHUPING_WORKFLOW_TOKEN"),
        public_url=reader.web_address("SHUPING_PUBLIC_URL"),
        token=reader.token("SHUPING_NOTIFIER_TOKEN"),
        channels=reader.channels(),
        mailbox=read_mailbox(reader, read_returning(reader)),
        kafka=reader.kafka(),
        clock_file=reader.file("SHUPING_CLOCK_FILE"),
        policy_file=reader.file("SHUPING_POLICY_FILE"),
    )
    reader.check_together(settings)
    reader.finish()
    return settings


class _Reader:
    """Reads one setting after the other and remembers what was wrong."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ
        self._faults: list[str] = []
        self.environment = self.choice("SHUPING_ENVIRONMENT", ENVIRONMENTS, "production")

    @property
    def in_production(self) -> bool:
        """Whether real people are told."""
        return self.environment == "production"

    def finish(self) -> None:
        if self._faults:
            raise SettingsFaults(self._faults)

    def optional(self, name: str) -> str | None:
        """Return *name*, or the content of the file that *name*_FILE points to."""
        value, file = self._environ.get(name, ""), self._environ.get(f"{name}_FILE", "")
        if value and file:
            self.fault(name, f"is set, and {name}_FILE too; use one")
        if not file:
            return value.strip() or None
        try:
            content = Path(file).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            self.fault(f"{name}_FILE", f"cannot be read: {type(error).__name__}")
            return None
        if not content:
            self.fault(f"{name}_FILE", "points to an empty file")
        return content or None

    def required(self, name: str) -> str | None:
        value = self.optional(name)
        if value is None and not self._environ.get(f"{name}_FILE"):
            self.fault(name, "is missing")
        return value

    def token(self, name: str) -> str:
        value = self.required(name) or ""
        if value and (len(value) < _SHORTEST_TOKEN or not value.isascii() or " " in value):
            self.fault(name, f"is not a token of at least {_SHORTEST_TOKEN} characters")
        return value

    def choice(self, name: str, choices: tuple[str, ...], default: str) -> str:
        value = self._environ.get(name, "") or default
        if value not in choices:
            self.fault(name, f"is not one of {', '.join(choices)}")
        return value

    def bind(self, name: str, default: str) -> tuple[str, int]:
        value = self._environ.get(name, "") or default
        host, _, port = value.rpartition(":")
        if not host or not port.isdecimal() or int(port) > _LARGEST_PORT:
            self.fault(name, "is not host:port")
            return "127.0.0.1", 0
        return host.strip("[]"), int(port)

    def has(self, name: str) -> bool:
        """Tell whether *name* is set, here or by a file."""
        return bool(self._environ.get(name) or self._environ.get(f"{name}_FILE"))

    def database_url(self, name: str) -> str:
        value = self.required(name) or ""
        scheme = value.partition("://")[0]
        if value and scheme not in {"sqlite", "postgresql", "postgresql+psycopg"}:
            self.fault(name, "is not sqlite:///… or postgresql://…")
        if value in {"sqlite://", "sqlite:///:memory:"}:
            self.fault(name, "is a database in memory: nothing would survive")
        return value

    def web_address(self, name: str) -> str:
        value = self.required(name) or ""
        if value:
            self.check_address(name, value, ("http", "https"), credentials=False)
        return value.rstrip("/")

    def channels(self) -> dict[str, Open]:
        """Return how to open each channel whose settings are given."""
        read = {name: provider.read(self) for name, provider in REGISTERED.items()}
        return {name: opens for name, opens in read.items() if opens is not None}

    def file(self, name: str) -> Path | None:
        value = self._environ.get(name, "")
        if not value:
            return None
        path = Path(value)
        if not path.is_file():
            self.fault(name, "is not a file")
        return path

    def tls(self, name: str) -> ssl.SSLContext:
        """Return whom to believe: the authorities in the file *name*, or else the machine's."""
        try:
            return ssl.create_default_context(cafile=self.file(name))
        except OSError:
            self.fault(name, "holds no certificates")
            return ssl.create_default_context()

    def kafka(self) -> dict[str, Any] | None:
        bootstrap = self.optional("SHUPING_KAFKA_BOOTSTRAP")
        brokers = bootstrap.split(",") if bootstrap else []
        if not all(map(_BROKER.fullmatch, brokers)):
            wanted = "host:port,host:port …; user and password have settings of their own"
            self.fault("SHUPING_KAFKA_BOOTSTRAP", f"is not {wanted}")
        name = "SHUPING_KAFKA_SECURITY_PROTOCOL"
        protocol = self.choice(name, KAFKA_PROTOCOLS, "PLAINTEXT")
        known = {"bootstrap_servers": brokers, "security_protocol": protocol}
        known |= self._sign_in(protocol) | self._tls(protocol)
        return known if brokers else None

    def _sign_in(self, protocol: str) -> dict[str, Any]:
        signs_in = protocol.startswith("SASL_")
        names = ("SASL_MECHANISM", "USERNAME", "PASSWORD")
        given = {name: self.optional(f"SHUPING_KAFKA_{name}") for name in names}
        for name, value in given.items():
            if signs_in and value is None:
                self.fault(f"SHUPING_KAFKA_{name}", f"is missing, and {protocol} signs in")
            if not signs_in and value is not None:
                self.fault(f"SHUPING_KAFKA_{name}", f"is set, and {protocol} signs nobody in")
        mechanism = given["SASL_MECHANISM"]
        if mechanism is not None and mechanism not in KAFKA_MECHANISMS:
            known = " or ".join(KAFKA_MECHANISMS)
            self.fault("SHUPING_KAFKA_SASL_MECHANISM", f"is not {known}")
        words = ("sasl_mechanism", "sasl_plain_username", "sasl_plain_password")
        return dict(zip(words, given.values(), strict=True)) if signs_in else {}

    def _tls(self, protocol: str) -> dict[str, Any]:
        names = tuple(f"SHUPING_KAFKA_{name}_FILE" for name in ("CA", "CERTIFICATE", "KEY"))
        if not protocol.endswith("SSL"):
            for name in names:
                if self.file(name) is not None:
                    self.fault(name, f"is set, and {protocol} has no TLS")
            return {}
        context = self.tls(names[0])
        certificate, key = (self.file(name) for name in names[1:])
        if (certificate is None) != (key is None):
            self.fault(names[1], f"and {names[2]} belong together")
        if certificate is not None and key is not None:
            try:
                context.load_cert_chain(certificate, key, password="")  # nobody is asked for one
            except OSError:
                self.fault(names[1], f"and {names[2]} are no pair")
        return {"ssl_context": context}

    def check_together(self, settings: Settings) -> None:
        if self.in_production and settings.clock_file is not None:
            self.fault("SHUPING_CLOCK_FILE", "is for demo and test only")
        if settings.feed == "kafka":
            if settings.kafka is None:
                self.fault("SHUPING_KAFKA_BOOTSTRAP", "is missing, and SHUPING_FEED is kafka")
            if settings.database_url.startswith("sqlite"):
                self.fault(DATABASE, "is SQLite, and SHUPING_FEED is kafka")

    def check_same_kind(self, owner_url: str, app_url: str) -> None:
        if owner_url.startswith("sqlite") != app_url.startswith("sqlite"):
            self.fault(MIGRATION, f"is another kind of database than {DATABASE}")

    def check_address(
        self, name: str, value: str, schemes: tuple[str, ...], *, credentials: bool
    ) -> None:
        try:
            url = urlsplit(value)
            port_fits = url.port is None or url.port > 0
        except ValueError:
            self.fault(name, "is not an address")
            return
        if url.scheme not in schemes or not url.hostname or not port_fits:
            self.fault(name, f"is not {' or '.join(f'{scheme}://host' for scheme in schemes)}")
        if url.query or url.fragment or (not credentials and (url.username or url.password)):
            self.fault(name, "has parts that do not belong into it")
        if _is_nobodys(url):
            self.fault(name, "points to an address that no server of ours has")

    def fault(self, name: str, reason: str) -> None:
        told = f"{name} {reason}"
        if told not in self._faults:  # several channels may read one setting
            self._faults.append(told)


def _is_nobodys(url: SplitResult) -> bool:
    """Tell whether the host is a literal address that leads somewhere it should not.

    Link-local addresses are where clouds keep their machines' credentials.
    """
    try:
        address = ipaddress.ip_address(url.hostname or "")
    except ValueError:
        return False
    return address.is_link_local or address.is_multicast or address.is_unspecified
