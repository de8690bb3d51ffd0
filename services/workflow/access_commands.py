"""Commands about who comes in: the key that signs, tokens of clients, people who sign in."""

import sys
from pathlib import Path

from services.workflow.adapters.files.new_file import write_secret
from services.workflow.audit.ed25519 import new_key
from services.workflow.bootstrap.log import Parts
from services.workflow.console import Arguments, Misuse, refused, say
from services.workflow.settings import read_settings
from services.workflow.starting import in_time


def run_key_new(arguments: Arguments) -> int:
    """Make a key that signs the log."""
    try:
        private, public = new_key(arguments.name)
    except ValueError as error:
        raise Misuse(f"--name: {error}") from error
    if arguments.out is None:
        print(f"public key, for auditors: {public}", file=sys.stderr)
        return say(arguments, {"private": private, "public": public}, [private])
    write_secret(Path(arguments.out), private + "\n")
    return say(arguments, {"public": public}, [public])


def run_key_show(arguments: Arguments) -> int:
    """Print the public key of who signs."""
    public = str(in_time(Parts(read_settings())).key.public)
    return say(arguments, {"public": public}, [public])


def run_token_create(parts: Parts, arguments: Arguments) -> int:
    """Print a new token, once."""
    organisation = parts.directory.current()
    unit = arguments.unit or organisation.root
    if unit is None or organisation.unit(unit) is None:
        return refused(arguments, [f"unit {unit}: not in the organisation; import it first"])
    token = parts.accounts.create_token(arguments.client, frozenset(arguments.scope), unit)
    return say(arguments, {"token": token}, [token])


def run_token_revoke(parts: Parts, arguments: Arguments) -> int:
    """End a client's tokens."""
    n = parts.accounts.revoke_token(arguments.client)
    if not n:
        return refused(arguments, [f"no token of {arguments.client}"])
    return say(arguments, {"revoked": n}, [f"{n} revoked"])


def run_account_invite(parts: Parts, arguments: Arguments) -> int:
    """Print a one-time link to set a password."""
    if not parts.directory.current().has_person(arguments.person):
        return refused(arguments, [f"person {arguments.person}: not in the organisation"])
    secret = parts.accounts.invite(arguments.person)
    link = f"{parts.settings.public_url.rstrip('/')}/invitation/{secret}"
    return say(arguments, {"link": link}, [link])
