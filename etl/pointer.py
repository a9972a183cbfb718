"""The pointer of a store: which version is in force, which are published, and what each file is known by."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace


@dataclass(frozen=True)
class Mark:
    """What a version's file is known by; in a lake, the snapshot that it is, and the digest of what is in it."""

    bytes: int
    sha256: str
    snapshot: int | None = None

    def told(self) -> dict[str, int | str]:
        """What the pointer says of it."""
        return {name: value for name, value in asdict(self).items() if value is not None}


@dataclass(frozen=True)
class Pointer:
    """What `current.json` says. `current` is None in a store in which nothing was published yet.

    last: the highest number that was ever published.
    marks: two for a version that is being rewritten, none for one of an older release.
    removing: versions that are published no more and whose files may still be there.
    """

    current: int | None
    published: tuple[int, ...]
    last: int = 0
    marks: Mapping[int, tuple[Mark, ...]] = field(default_factory=dict)
    removing: tuple[int, ...] = ()

    def to(self, version: int) -> Pointer:
        """The same with another version in force."""
        return replace(self, current=version)

    def with_new(self, version: int, mark: Mark) -> Pointer:
        """The same with one version more, in force."""
        published = (*self.published, version)
        return replace(self, current=version, published=published, last=version, removing=()).marked(version, mark)

    def marked(self, version: int, *marks: Mark) -> Pointer:
        """The same with a version known by these marks."""
        return replace(self, marks={**self.marks, version: marks})

    def without(self, versions: frozenset[int]) -> Pointer:
        """The same without some versions, whose files are to go."""
        return replace(
            self,
            published=tuple(version for version in self.published if version not in versions),
            marks={version: marks for version, marks in self.marks.items() if version not in versions},
            removing=tuple(sorted(versions)),
        )

    def as_text(self) -> str:
        """What the file says."""
        marks = {str(version): [mark.told() for mark in marks] for version, marks in sorted(self.marks.items())}
        told = {"current": self.current, "published": self.published, "last": self.last, "files": marks}
        return json.dumps(told | ({"removing": self.removing} if self.removing else {}))


def read_pointer(text: str) -> Pointer:
    """The pointer that a text tells. Raises ValueError, TypeError or KeyError where it tells none."""
    told = json.loads(text)
    published = tuple(int(version) for version in told["published"])
    found = Pointer(
        int(told["current"]),
        published,
        int(told.get("last", max(published))),
        {int(version): tuple(Mark(**mark) for mark in marks) for version, marks in told.get("files", {}).items()},
        tuple(int(version) for version in told.get("removing", ())),
    )
    if found.current not in published or found.last < max(published):
        raise ValueError("the version in force is not published")
    return found
