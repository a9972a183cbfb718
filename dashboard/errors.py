"""What can go wrong between a store and a reader, said so that a person can act on it."""


class SimantaError(Exception):
    """A refusal with a code for programs, a sentence for people, and what to do."""

    def __init__(self, code: str, message: str, fix: str) -> None:
        super().__init__(f"{message} {fix}")
        self.code, self.message, self.fix = code, message, fix

    def as_dict(self) -> dict[str, str | None]:
        """The shape that `--json` prints; file, row and field belong to loading and are null here."""
        return {
            "code": self.code,
            "file": None,
            "row": None,
            "field": None,
            "message": self.message,
            "fix": self.fix,
        }


class StoreEmpty(SimantaError):
    """No version has been published yet."""


class StoreUnreadable(SimantaError):
    """A version is named but cannot be opened, or is of another schema."""


class SnapshotUnknown(SimantaError):
    """No snapshot has this id."""


class SnapshotOutdated(SimantaError):
    """A snapshot is intact, and holds other tables than the pages of this release draw."""


class SnapshotAltered(SimantaError):
    """A snapshot no longer is what was frozen; the message names the part."""


class SnapshotExpired(SimantaError):
    """A snapshot is past the day that its sender gave it."""


class SnapshotRevoked(SimantaError):
    """A snapshot was taken back; what is left of it says when and why."""


class NotAdmitted(SimantaError):
    """Nobody is known to ask, or one who may not. subject: whom a valid sign-in named, for the audit."""

    def __init__(self, code: str, message: str, fix: str, subject: str = "") -> None:
        super().__init__(code, message, fix)
        self.subject = subject
