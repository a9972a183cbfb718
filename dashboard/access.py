"""Who looks, and at which districts. One adapter so far: the single user of this machine."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Principal:
    """subject: a name for the audit; role: see docs; districts: adm2 codes in view, None for every district."""

    subject: str
    role: str
    districts: tuple[str, ...] | None

    def to_sql(self) -> tuple[str, dict[str, object]]:
        """The scope as a predicate with bound parameters. No district listed means no row, not every row."""
        if self.districts is None:
            return "TRUE", {}
        return "list_contains($scope, adm2)", {"scope": list(self.districts)}


def local_user() -> Principal:
    """The one user of a machine that serves on loopback alone: commander and data officer of all districts."""
    return Principal("local", "commander", None)
