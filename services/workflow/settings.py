"""Settings: read from the environment once, checked as a whole, every fault named at once.

Nothing here has a secret as its default. A secret can come from a file named by `…_FILE`.
"""

import os
import re
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

KAFKA_PROTOCOLS = ("PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL")
KAFKA_MECHANISMS = ("SCRAM-SHA-512", "PLAIN")
_BROKER = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+):[0-9]{1,5}")
ENVIRONMENTS = ("production", "demo", "test")
WAYS = ("short", "long")
_FROM_FILE = "_FILE"


class SettingsRefused(Exception):
    """Some settings are missing or wrong; *faults* names all of them."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__("\n".join(faults))
        self.faults = faults


@dataclass(frozen=True, kw_only=True, slots=True)
class Settings:
    """What the commands of the workflow service need to know; see .env.example."""

    environment: str
    database_url: str
    migration_database_url: str
    host: str
    port: int
    metrics_bind: tuple[str, int]
    sequencer_bind: tuple[str, int]
    relay_bind: tuple[str, int]
    public_url: str
    log_key_file: Path | None
    checkpoint_dir: Path | None
    clock_file: Path | None
    words_folder: Path | None = None  # catalogues of schemes' words in English
    kafka_bootstrap: tuple[str, ...]
    kafka: Mapping[str, Any]  # where brokers are and how to get in, in their library's words
    notifier_url: str
    notifier_token: str
    requests_per_minute: int
    processes: int
    threads: int
    way: str

    @property
    def embedded(self) -> bool:
        """Tell whether the store is SQLite: `serve` then sequences too, and there is no Kafka."""
        return self.database_url.startswith("sqlite")


class _Reader:
    """Takes settings one by one and collects what is wrong with them."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ
        self.faults: list[str] = []

    def text(self, name: str, default: str = "") -> str:
        full = f"SHUPING_{name}"
        value, path = self._environ.get(full, ""), self._environ.get(full + _FROM_FILE, "")
        if value and path:
            self.faults.append(f"{full} and {full}{_FROM_FILE} are both set; keep one")
        if path:
            try:
                value = Path(path).read_text(encoding="utf-8").strip()
            except (OSError, UnicodeDecodeError) as error:
                self.faults.append(f"{full}{_FROM_FILE}: cannot read {path}: {error}")
        return value or default

    def one_of(self, name: str, choices: tuple[str, ...], default: str) -> str:
        value = self.text(name, default)
        if value not in choices:
            self.faults.append(f"SHUPING_{name}={value!r}: expected one of {', '.join(choices)}")
        return value

    def url(self, name: str, schemes: tuple[str, ...], default: str = "") -> str:
        value = self.text(name, default)
        try:
            found = urlsplit(value).scheme or "no scheme"
        except ValueError:
            found = "no address"
        if value and found.split("+")[0] not in schemes:
            # The value may hold a password: name the setting, show the scheme only.
            self.faults.append(f"SHUPING_{name}: {found}; expected {' or '.join(schemes)}")
        return value

    def number(self, name: str, default: int, least: int, most: int) -> int:
        value = self.text(name, str(default))
        if re.fullmatch(r"\d{1,9}", value, re.ASCII) is None or not least <= int(value) <= most:
            self.faults.append(f"SHUPING_{name}={value!r}: expected {least} to {most}")
            return default
        return int(value)

    def bind(self, name: str, default: str) -> tuple[str, int]:
        value = self.text(name, default)
        host, _, port = value.rpartition(":")
        if not host or re.fullmatch(r"\d{1,5}", port, re.ASCII) is None or int(port) > 65535:  # noqa: PLR2004
            self.faults.append(f"SHUPING_{name}={value!r}: expected host:port")
            return "127.0.0.1", 0
        return host.strip("[]"), int(port)

    def path(self, name: str) -> Path | None:
        value = self._environ.get(f"SHUPING_{name}", "")
        return Path(value) if value else None


def _brokers(read: _Reader, bootstrap: tuple[str, ...]) -> dict[str, Any]:
    if not all(map(_BROKER.fullmatch, bootstrap)):
        # Not shown: who writes an address of another kind writes a password into it.
        wanted = "expected host:port,host:port …; user and password have settings of their own"
        read.faults.append(f"SHUPING_KAFKA_BOOTSTRAP: {wanted}")
    protocol = read.one_of("KAFKA_SECURITY_PROTOCOL", KAFKA_PROTOCOLS, "PLAINTEXT")
    known = {"bootstrap_servers": list(bootstrap), "security_protocol": protocol}
    return known | _sign_in(read, protocol) | _tls(read, protocol)


def _sign_in(read: _Reader, protocol: str) -> dict[str, Any]:
    names = ("KAFKA_SASL_MECHANISM", "KAFKA_USERNAME", "KAFKA_PASSWORD")
    mechanism, *person = given = [read.text(name) for name in names]
    signs_in = protocol.startswith("SASL_")
    for name, value in zip(names, given, strict=True):
        if signs_in and not value:
            read.faults.append(f"SHUPING_{name}: is missing, and {protocol} signs in")
        if value and not signs_in:
            read.faults.append(f"SHUPING_{name}: is set, and {protocol} signs nobody in")
    if mechanism and mechanism not in KAFKA_MECHANISMS:
        known = " or ".join(KAFKA_MECHANISMS)
        read.faults.append(f"SHUPING_KAFKA_SASL_MECHANISM={mechanism!r}: expected {known}")
    if not signs_in:
        return {}
    words = ("sasl_mechanism", "sasl_plain_username", "sasl_plain_password")
    return dict(zip(words, (mechanism, *person), strict=True))


def _tls(read: _Reader, protocol: str) -> dict[str, Any]:
    names = ("KAFKA_CA_FILE", "KAFKA_CERTIFICATE_FILE", "KAFKA_KEY_FILE")
    authority, certificate, key = files = [read.path(name) for name in names]
    if not protocol.endswith("SSL"):
        for name, file in zip(names, files, strict=True):
            if file is not None:
                read.faults.append(f"SHUPING_{name}: is set, and {protocol} has no TLS")
        return {}
    if (certificate is None) != (key is None):
        read.faults.append("SHUPING_KAFKA_CERTIFICATE_FILE and SHUPING_KAFKA_KEY_FILE: need both")
    try:
        context = ssl.create_default_context(cafile=authority)
    except OSError:
        read.faults.append(f"SHUPING_KAFKA_CA_FILE: no certificates in {authority}")
        return {}
    if certificate is not None and key is not None:
        try:
            context.load_cert_chain(certificate, key, password="")  # nobody is asked for one
        except OSError:
            read.faults.append(
                f"SHUPING_KAFKA_CERTIFICATE_FILE: {certificate} and {key} are no pair"
            )
    return {"ssl_context": context}


def read_settings(environ: Mapping[str, str] | None = None) -> Settings:
    """Return the settings of *environ* (the process's own when None).

    Raises:
        SettingsRefused: with every fault found.
    """
    read = _Reader(os.environ if environ is None else environ)
    environment = read.one_of("ENVIRONMENT", ENVIRONMENTS, "production")
    database_url = read.url("DATABASE_URL", ("sqlite", "postgresql"), "sqlite:///var/shuping.db")
    host, port = read.bind("BIND", "127.0.0.1:8080")
    kafka = tuple(part for part in read.text("KAFKA_BOOTSTRAP").split(",") if part)
    embedded = database_url.startswith("sqlite")
    settings = Settings(
        environment=environment,
        database_url=database_url,
        migration_database_url=read.url(
            "MIGRATION_DATABASE_URL", ("sqlite", "postgresql"), database_url
        ),
        host=host,
        port=port,
        metrics_bind=read.bind("METRICS_BIND", "127.0.0.1:8090"),
        sequencer_bind=read.bind("SEQUENCER_BIND", "127.0.0.1:8082"),
        relay_bind=read.bind("RELAY_BIND", "127.0.0.1:8083"),
        public_url=read.url("PUBLIC_URL", ("http", "https"), f"http://{host}:{port}"),
        log_key_file=read.path("LOG_KEY_FILE"),
        checkpoint_dir=read.path("CHECKPOINT_DIR"),
        clock_file=read.path("CLOCK_FILE"),
        words_folder=read.path("WORDS_FOLDER"),
        kafka_bootstrap=kafka,
        kafka=_brokers(read, kafka),
        notifier_url=read.url("NOTIFIER_URL", ("http", "https")),
        notifier_token=read.text("NOTIFIER_TOKEN"),
        requests_per_minute=read.number("REQUESTS_PER_MINUTE", 60_000, 1, 100_000_000),
        processes=1 if embedded else read.number("PROCESSES", 2, 1, 64),
        threads=read.number("THREADS", 16, 1, 256),
        way=read.one_of("WAY", WAYS, "short"),
    )
    faults = read.faults
    if settings.clock_file and environment == "production":
        faults.append("SHUPING_CLOCK_FILE: a driven clock is for demo and test only")
    if settings.migration_database_url.startswith("sqlite") != embedded:
        # `migrate` would take the role that is granted its rights from a default.
        name = "SHUPING_MIGRATION_DATABASE_URL"
        faults.append(f"{name}: another kind of database than SHUPING_DATABASE_URL")
    if embedded and kafka:
        faults.append("SHUPING_KAFKA_BOOTSTRAP: SQLite runs without Kafka; use PostgreSQL")
    for name, path in (
        ("LOG_KEY_FILE", settings.log_key_file),
        ("CLOCK_FILE", settings.clock_file),
    ):
        if path is not None and not path.is_file():
            faults.append(f"SHUPING_{name}: {path} is not a file")
    if faults:
        raise SettingsRefused(faults)
    return settings
