"""How long a counted text may be whatever its scheme allows: what no count would notice."""

from collections.abc import Iterator

from services.workflow.domain.case.acts import Asked
from services.workflow.domain.data.characters import MOST_IN_A_RUN, longest_run
from services.workflow.domain.refusals import Blocker

MOST_CODE_POINTS = 60_000  # over all parts of a document


def lengths_at_fault(asked: Asked) -> Iterator[Blocker]:
    """Yield what passes the limit of a document only by how it is counted."""
    for name, given in asked.act.given.get("documents", {}).items():
        if not asked.world.scheme.documents[name].limit:
            continue
        place, parts = f"data.documents.{name}", given.get("parts", {})
        for part, text in parts.items():
            length = longest_run(text)
            if length > MOST_IN_A_RUN:
                params: dict[str, str | int] = {"length": length, "most": MOST_IN_A_RUN}
                yield Blocker(code="run_too_long", field=f"{place}.parts.{part}", params=params)
        if sum(map(len, parts.values())) > MOST_CODE_POINTS:
            yield Blocker(code="too_long", field=place, params={"most": MOST_CODE_POINTS})
