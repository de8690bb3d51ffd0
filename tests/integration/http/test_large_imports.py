"""Long names are imported whole: an event is cut where it would be too long."""

from pathlib import Path

import yaml

from schemas.limits import EVENT_BYTES
from services.workflow.adapters.files import organisation_file
from tests.integration.http.service import ORGANISATION, Service


def test_long_names_are_imported_in_several_events(service: Service, tmp_path: Path):
    written = yaml.safe_load(ORGANISATION.read_text(encoding="utf-8"))
    written["units"] += [
        {"id": f"x{n}", "parent": "c", "name": "𠮷" * 200, "kind": "organ_branch"}
        for n in range(300)
    ]
    path = tmp_path / "organisation.yaml"
    path.write_text(yaml.safe_dump(written, allow_unicode=True), encoding="utf-8")
    service.parts.imports.run(organisation_file.load(path))
    version, bodies = service.parts.database.reads.organisation(1)
    assert version == 1 + len(bodies) >= 5
    assert EVENT_BYTES * 0.9 < max(map(len, bodies)) <= EVENT_BYTES
    assert service.parts.directory.current().unit("x299") is not None
