"""Files that an act names as evidence: they were brought for this case and document before."""

from collections.abc import Iterator

from services.workflow.domain.case.acts import Asked
from services.workflow.domain.data.files import MOST_OF_CASE, named, sight_of
from services.workflow.domain.refusals import Blocker


def files_at_fault(asked: Asked) -> Iterator[Blocker]:
    """Yield the files that nobody brought, and those of another length.

    What another case hands on was brought there, and looked at there.
    """
    heads, case = asked.world.heads, asked.case
    if asked.act.caused or heads.files is None:
        return
    every = [*named(asked.act.given.get("documents"))]
    if len({(document, file["sha256"]) for document, _, file in every}) > MOST_OF_CASE:
        params = {"most": MOST_OF_CASE}
        yield Blocker(code="files_named_too_many", field="data.documents", params=params)
        return
    for document, place, file in every:
        sight = sight_of(case.id, document, file["sha256"])
        length = heads.length_of(sight, asked.world.now)
        if length is None:
            label = asked.world.scheme.documents[document].label
            told = {"document": document, "label": label}
            yield Blocker(code="file_not_brought", field=f"{place}.sha256", params=told)
        elif length != file["length"]:
            params = {"length": length}
            yield Blocker(code="file_length_differs", field=f"{place}.length", params=params)
