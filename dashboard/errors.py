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


class SnapshotAltered(SimantaError):
    """A snapshot no longer is what was frozen; the message names the part."""
