"""Organisation files: YAML on disk, made into an `OrganisationFile`, or into a list of faults."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from schemas.document import read_document
from services.workflow.adapters.files.file_text import read_text
from services.workflow.adapters.files.yaml_nodes import compose
from services.workflow.domain.organisation import OrganisationFile, parse

_DUMPER: Any = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
MAX_BYTES = 64 * 1024 * 1024  # a province: some 100,000 units with their people and posts


def load(path: Path) -> OrganisationFile:
    """Read the organisation file at *path*.

    Raises:
        Faults: everything that is wrong with it, or that it cannot be read at all.
    """
    return parse(read_document(read_text(path, MAX_BYTES), compose, path.name))


def written(tree: Mapping[str, Any]) -> str:
    """Return an organisation's *tree* as the text of its file, an entry on each line."""
    return yaml.dump(
        dict(tree),
        Dumper=_DUMPER,
        allow_unicode=True,
        sort_keys=False,
        default_flow_style=None,
        width=1_000_000,
    )
