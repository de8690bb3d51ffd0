"""The texts that events name by their hash, and those by which timers were set."""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from services.notifier.application.contents import Contents, Kept
from services.notifier.application.store_ports import Issue, KeptText, TextIndex


class MemoryTexts:
    """The texts. The index is made anew when anything of it changes."""

    def __init__(self, begun: Contents) -> None:
        self._kept = {one.text.hash: one for one in begun.texts}
        self._issues = {one.version: one for one in begun.issues}
        self._set_by = {**begun.timers_set_by}
        self._index: TextIndex | None = None

    def index(self) -> TextIndex:
        """Return which texts are kept, without them."""
        if self._index is None:
            self._index = self._indexed()
        return self._index

    def _indexed(self) -> TextIndex:
        published = [one for one in self._kept.values() if one.published is not None]
        published.sort(key=lambda one: one.published or 0)
        policies: dict[str, list[Issue]] = {}
        for _, issue in sorted(self._issues.items()):
            if issue.hash in self._kept:
                policies.setdefault(self._kept[issue.hash].text.id, []).append(issue)
        kept = (one.text for one in self._kept.values())
        return TextIndex(
            schemes={one.hash: one.id for one in kept if one.kind == "scheme"},
            latest={(one.text.kind, one.text.id): one.text.hash for one in published},
            policies=policies,
        )

    def hashes(self, wanted: Iterable[str]) -> set[str]:
        """Return which of *wanted* are kept."""
        return self._kept.keys() & {*wanted}

    def body(self, hash_: str) -> bytes:
        """Return the text; LookupError if it is not kept."""
        return self._kept[hash_].text.body

    def keep(self, one: KeptText) -> None:
        """Keep *one*; a text already kept is left as it is."""
        self._kept.setdefault(one.hash, Kept(text=one))
        self._index = None

    def publish(self, hash_: str, version: int) -> None:
        """Take note that version *version* of its stream published the text *hash_*."""
        one = self._kept.get(hash_)
        if one is not None and (one.published is None or one.published < version):
            self._kept[hash_] = replace(one, published=version)
            self._index = None

    def issue(self, one: Issue) -> None:
        """Take note that a policy was published; timers of its scheme are to be set anew."""
        self._issues[one.version] = one
        self._index = None
        kept = self._kept.get(one.hash)
        self.doubt_timers(kept.text.id if kept else "")

    def timers_set_by(self) -> Mapping[str, tuple[str, str]]:
        """Return by scheme the hashes of policy and calendar under which timers were set."""
        return {**self._set_by}

    def save_timers_set_by(self, hashes: Mapping[str, tuple[str, str]]) -> None:
        """Keep the hashes of policy and calendar, by scheme."""
        self._set_by.update(hashes)

    def doubt_timers(self, scheme: str) -> None:
        """Let the timers of *scheme* be set anew."""
        self._set_by.pop(scheme, None)
