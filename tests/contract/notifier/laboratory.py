"""Another scheme than the shipped one: a laboratory's, whose states bear some of its names."""

from typing import Any

from schemas.canonical import canonical_bytes
from schemas.document import read_document
from schemas.instants import instant
from services.notifier.adapters.database import SqlStore
from services.workflow.adapters.files.yaml_nodes import compose
from tests.contract.notifier.town import Town
from tests.unit.notifier.world import due

HAZARD = "hazard/00000000-0000-7000-8000-0000000000d1"
VISIT = "visit/00000000-0000-7000-8000-0000000000e1"


def text(yaml_text: str) -> bytes:
    return canonical_bytes(read_document(yaml_text, compose).tree)


SCHEME = text("""
format: 2
id: laboratory
words: {product: 安全}
cases:
  hazard:
    label: 隐患
    states:
      - {name: drafting, label: 待登记}
      - {name: to_put_right, label: 待整改}
    triggers:
      prove: {label: 提交整改情况, from: [to_put_right]}
  visit:
    label: 检查
    states: [{name: announced, label: 已通知}]
    triggers: {}
""")
# The same hazards, seen by the office alone that looks for them.
SECRET = text("""
format: 2
id: laboratory
cases:
  hazard:
    label: 隐患
    many_for: unit
    seen_by: [{party: visitor, roles: [office]}]
    states: [{name: to_put_right, label: 待整改}]
    triggers: {}
""")
# What is published of hazards, to an office or to all who serve.
PUBLISHED = text("""
format: 2
id: laboratory
words: {product: 安全}
parties: {people: {all_there: {everybody: visitor}}}
cases:
  hazard:
    label: 隐患
    states: [{name: over, label: 已公布}]
    triggers:
      publish:
        takes:
          - bulletin: results
            label: 检查通报
            ranges:
              - {name: office, readers: [{party: visitor, roles: [office]}]}
              - {name: all, readers: [{party: all_there}]}
""")
POLICY_TEXT = """
format: 2
id: laboratory
scheme: laboratory
zone: Asia/Shanghai
hour: 10
channels: [inapp]
retry: {first_seconds: 60, cap_seconds: 60, attempts: 2}
tracks:
  - track: safety
    rungs:
      - {rung: soon, kind: reminder, before: 1, to: {holder: true}, when_unknown: leave}
      - rung: dean
        kind: escalation
        over: 1
        to: {nearest: [unit_committee], of: holder, roles: [secretary]}
        when_unknown: leave
urge: {when_unknown: leave}
"""
POLICY = text(POLICY_TEXT)


def desk(unit: str, role: str, day: int, **others: Any) -> dict[str, Any]:
    """Return a desk where something is due on a day of January."""
    return {"unit": unit, "role": role, "due_at": instant(due(1, day)), **others}


HEAD = desk("ward", "secretary", 10)


def laboratory(store: SqlStore, scheme: bytes = SCHEME) -> Town:
    """Return a town whose workflow has published the laboratory's scheme and policy."""
    town = Town(store)
    town.serve(scheme, POLICY)
    town.log.organise()
    town.log.publish("scheme", scheme, "laboratory")
    town.log.publish("policy", POLICY, "laboratory")
    return town
