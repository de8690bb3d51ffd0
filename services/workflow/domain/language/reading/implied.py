"""What a text of format 2 need not say: a limit that refuses is asked of whatever is brought.

Format 1 names all its guards, so a lifted scheme implies none.
"""

from dataclasses import replace

from services.workflow.domain.language.model.guards import WithinLimit
from services.workflow.domain.language.model.lives import Kind, Life
from services.workflow.domain.language.model.scheme import Scheme
from services.workflow.domain.language.model.triggers import Trigger


def with_limits(scheme: Scheme) -> Scheme:
    """Return *scheme* with `within_limit` wherever a limit refuses and no guard narrows it."""
    limited = {
        name for name, one in scheme.documents.items() if one.limit and one.over_limit == "refuse"
    }
    kinds = {name: _kind(kind, limited) for name, kind in scheme.kinds.items()}
    return replace(scheme, kinds=kinds) if limited else scheme


def _kind(kind: Kind, limited: set[str]) -> Kind:
    return replace(kind, lives=tuple(_life(life, limited) for life in kind.lives))


def _life(life: Life, limited: set[str]) -> Life:
    triggers = {name: _trigger(trigger, limited) for name, trigger in life.triggers.items()}
    return replace(life, triggers=triggers)


def _trigger(trigger: Trigger, limited: set[str]) -> Trigger:
    asked = {guard.document for guard in trigger.guards if isinstance(guard, WithinLimit)}
    implied = {
        take.name: WithinLimit(document=take.name, at=take.at)
        for take in trigger.takes
        if take.what == "document" and take.name in limited - asked
    }
    return replace(trigger, guards=(*trigger.guards, *implied.values())) if implied else trigger
