"""The areas a document covers: those of a case like this one, each once."""

from collections.abc import Iterator

from services.workflow.domain.case.acts import Asked
from services.workflow.domain.case.head import Case
from services.workflow.domain.case.where import matches
from services.workflow.domain.language.model.documents import Area, Document
from services.workflow.domain.organisation import Organisation
from services.workflow.domain.refusals import Blocker


def areas_for(document: Document, case: Case, organisation: Organisation) -> tuple[Area, ...]:
    """Return the areas that *document* may cover in a case like this one."""
    return tuple(one for one in document.content_areas if matches(one.where, case, organisation))


def areas_at_fault(asked: Asked) -> Iterator[Blocker]:
    """Yield the areas that an act says are covered, and that are others' or were named before."""
    for name, given in asked.act.given.get("documents", {}).items():
        covers = given.get("covers", ())
        if not covers:
            continue
        document = asked.world.scheme.documents[name]
        here = {one.number for one in areas_for(document, asked.case, asked.world.organisation)}
        titles = {one.number: one.title for one in document.content_areas}
        for index, number in enumerate(covers):
            place = f"data.documents.{name}.covers[{index}]"
            params: dict[str, str | int] = {"area": number, "title": titles[number]}
            if number not in here:
                params["areas"] = ", ".join(map(str, sorted(here)))
                yield Blocker(code="area_elsewhere", field=place, params=params)
            elif number in covers[:index]:
                yield Blocker(code="area_repeated", field=place, params=params)
