"""Bring what tests, figures and `make stack` need beyond Python.

`python -m deploy.provision NAME…`, where the names are `postgres`, `kafka`, `browser`,
`printing`, `pdf`, `alerts` and `mail`. What is there already is left alone. As root, or with a sudo
that asks no password, missing Debian packages are installed; otherwise one line says which they
are. A step that fails says which it is and how to go on. Exit 0: all there; 1: something is
missing. Standard library only: it runs before anything else does.
"""

import hashlib
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable
from ctypes.util import find_library
from pathlib import Path

BENCH = Path(__file__).parent / "kafka"
LIBRARIES = BENCH / "libs"
_JAVA_MAJOR = 17
_NO_FOLDER_IN_TMP = "-XX:-UsePerfData"  # every Java program would leave one
_NETWORK = "If the network or the server was away, wait for it."
_MAY_START = Path("/usr/sbin/policy-rc.d")  # Debian asks it before a package starts its service
# Packages that would start a service, now and at each boot.
_SERVING = {"dovecot-imapd": "dovecot.service", "prometheus": "prometheus.service"}
_CLUSTER_SETTING = Path("/etc/postgresql-common/createcluster.conf")


def has_postgres() -> bool:
    """Whether a PostgreSQL server can be started."""
    return any(Path("/usr/lib/postgresql").glob("*/bin/postgres")) or bool(shutil.which("postgres"))


def has_java() -> bool:
    """Whether `java` is new enough for the broker."""
    java = shutil.which("java")
    if java is None:
        return False
    answer = subprocess.run(
        [java, _NO_FOLDER_IN_TMP, "-version"], capture_output=True, text=True, check=False
    ).stderr
    found = re.search(r'version "(\d+)', answer)
    return found is not None and int(found[1]) >= _JAVA_MAJOR


def has_chromium() -> bool:
    """Whether Debian's Chromium is here: whole, or the shell that has no windows of its own."""
    return any(map(shutil.which, ("chromium-headless-shell", "chromium")))


def has_prometheus() -> bool:
    """Whether Prometheus and what checks its rules are here."""
    return bool(shutil.which("prometheus") and shutil.which("promtool"))


def has_dovecot() -> bool:
    """Whether a mailbox can be served over IMAP."""
    return Path("/usr/sbin/dovecot").exists() and Path("/usr/lib/dovecot/imap").exists()


def has_fonts() -> bool:
    """Whether Chinese text can be drawn."""
    return any(Path("/usr/share/fonts").rglob("NotoSansCJK*"))


def has_pango() -> bool:
    """Whether pages can be laid out for printing."""
    return bool(find_library("pango-1.0")) and bool(find_library("pangoft2-1.0"))


def has_libraries() -> bool:
    """Whether the broker's jars are here, each with the hash that was committed."""
    for line in (BENCH / "libs.sha256").read_text().splitlines():
        digest, name = line.split()
        jar = LIBRARIES / name
        if not jar.is_file() or hashlib.sha256(jar.read_bytes()).hexdigest() != digest:
            return False
    return True


# What each name needs of Debian: the check, and the packages that make it true.
PACKAGES: dict[str, list[tuple[Callable[[], bool], list[str]]]] = {
    "postgres": [(has_postgres, ["postgresql-15"])],
    "kafka": [
        (has_java, ["openjdk-17-jre-headless"]),
        (lambda: has_libraries() or shutil.which("mvn") is not None, ["maven"]),
    ],
    "browser": [(has_chromium, ["chromium-headless-shell"]), (has_fonts, ["fonts-noto-cjk"])],
    "printing": [
        (has_pango, ["libpango-1.0-0", "libpangoft2-1.0-0"]),
        (has_fonts, ["fonts-noto-cjk"]),
    ],
    # Which tests let judge the rules of alarms.
    "alerts": [(has_prometheus, ["prometheus"])],
    "mail": [(has_dovecot, ["dovecot-imapd"])],
    # By which tests read what was printed.
    "pdf": [(lambda: shutil.which("pdftotext") is not None, ["poppler-utils"])],
}


def missing(name: str) -> list[str]:
    """Return the Debian packages that *name* still needs."""
    return [package for there, packages in PACKAGES[name] if not there() for package in packages]


def provision(names: Iterable[str]) -> dict[str, str]:
    """Bring *names*; return those that could not be brought, each with the reason."""
    wanted = {name: missing(name) for name in names}
    packages = sorted({package for needed in wanted.values() for package in needed})
    failures: dict[str, str] = {}
    prefix = _administrator()
    if packages and prefix is None:
        failures = {name: " ".join(needed) for name, needed in wanted.items() if needed}
    elif packages:
        print(f"installing {' '.join(packages)} (Debian)", flush=True)
        _install(prefix or [], packages)
        failures = {name: " ".join(missing(name)) for name in wanted if missing(name)}
    if "kafka" in wanted and "kafka" not in failures and not has_libraries():
        reason = _fetch_libraries()
        if reason:
            failures["kafka"] = reason
    return failures


def _administrator() -> list[str] | None:
    """Return what to put before a command that root has to run; None if we cannot."""
    if shutil.which("apt-get") is None:
        return None
    if os.geteuid() == 0:
        return []
    if shutil.which("sudo") is None:
        return None
    asked = subprocess.run(["sudo", "-n", "true"], capture_output=True, check=False)
    return ["sudo", "-n"] if asked.returncode == 0 else None


def _install(prefix: list[str], packages: list[str]) -> None:
    quiet = ["DEBIAN_FRONTEND=noninteractive", f"JAVA_TOOL_OPTIONS={_NO_FOLDER_IN_TMP}"]
    apt = [*prefix, "env", *quiet, "apt-get", "-q", "-y"]
    options = ["--no-install-recommends", "-o", "Dpkg::Use-Pty=0"]
    sources = f"{_NETWORK} Else /etc/apt/sources.list names a server that is gone."
    _run("apt-get update", [*apt, "update"], sources)
    held = (
        "If another apt-get holds the lock, wait for it; `dpkg --configure -a` ends a broken run."
    )
    install, step = [*apt, "install", *options], "apt-get install"
    serving = [one for one in packages if one in _SERVING]
    packages = [one for one in packages if one not in _SERVING]
    if serving:
        _install_without_services(prefix, install, serving, held)
    if "postgresql-15" in packages:
        # The package would make and start a cluster on port 5432: not ours to occupy.
        _run(f"{step} postgresql-common", [*install, "postgresql-common"], held)
        _set_main_cluster(prefix, on=False)
        try:
            _run(f"{step} {' '.join(packages)}", [*install, *packages], held)
        finally:
            _set_main_cluster(prefix, on=True)
    elif packages:
        _run(f"{step} {' '.join(packages)}", [*install, *packages], held)


def _install_without_services(
    prefix: list[str], install: list[str], packages: list[str], remedy: str
) -> None:
    """Install what would start services on ports that are not ours to occupy."""
    ours = not _MAY_START.exists()
    if ours:
        refusing = f"printf '#!/bin/sh\\nexit 101\\n' > {_MAY_START} && chmod 755 {_MAY_START}"
        _run(f"writing {_MAY_START}", [*prefix, "sh", "-c", refusing], "Write it by hand.")
    try:
        step = f"apt-get install {' '.join(packages)}"
        installed = _run(step, [*install, *packages], remedy) == 0
    finally:
        if ours:
            _run(f"removing {_MAY_START}", [*prefix, "rm", str(_MAY_START)], "Remove it by hand.")
    if installed and shutil.which("systemctl"):
        # The package has it start at the next boot, whatever was said of now.
        disable = ["systemctl", "disable", *(_SERVING[one] for one in packages)]
        _run(" ".join(disable), [*prefix, *disable], "Disable them by hand.")


def _set_main_cluster(prefix: list[str], *, on: bool) -> None:
    edit = (
        r"s/^create_main_cluster.*/#create_main_cluster = true/"
        if on
        else r"s/^#?(create_main_cluster).*/\1 = false/"
    )
    step = f"setting create_main_cluster in {_CLUSTER_SETTING}"
    _run(step, [*prefix, "sed", "-i", "-E", edit, str(_CLUSTER_SETTING)], "Set it by hand.")


def _fetch_libraries() -> str:
    """Let Maven copy the jars; return why it failed, or nothing."""
    print("fetching Apache Kafka (Maven)", flush=True)
    shutil.rmtree(LIBRARIES, ignore_errors=True)
    command = [
        "mvn",
        "-B",
        "-q",
        "-C",
        "-f",
        str(BENCH / "pom.xml"),
        "dependency:copy-dependencies",
    ]
    done = _run(
        "Maven's dependency:copy-dependencies",
        [*command, f"-DoutputDirectory={LIBRARIES}"],
        f"{_NETWORK} A mirror or a proxy is named in ~/.m2/settings.xml.",
        environment={**os.environ, "MAVEN_OPTS": _NO_FOLDER_IN_TMP},
    )
    if done != 0:
        return "Maven could not fetch Apache Kafka"
    return "" if has_libraries() else "the jars are not those of libs.sha256"


def _run(
    step: str, command: list[str], remedy: str, environment: dict[str, str] | None = None
) -> int:
    """Run quietly; only when it went wrong show what was said, which step it was, and *remedy*."""
    done = subprocess.run(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        env=environment,
        check=False,
    )
    if done.returncode != 0:
        said = done.stdout.splitlines()[-15:]
        told = f"provision: {step} failed, see above. {remedy}"
        print(*said, f"{told} Then run this again: what is done stays done.", sep="\n", flush=True)
    return done.returncode


def main(names: list[str]) -> int:
    """Bring *names* and say what is missing."""
    unknown = [name for name in names if name not in PACKAGES]
    if unknown or not names:
        print(f"usage: python -m deploy.provision {' | '.join(PACKAGES)} …", file=sys.stderr)
        return 2
    failures = provision(names)
    if failures:
        print(f"missing: {' '.join(sorted(set(' '.join(failures.values()).split())))}", flush=True)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
