"""Who looks, and at which districts: one Principal out of a sign-in, a proxy's headers, or the user of this machine.

What a role may do stands in MAY, and nowhere else. Nothing here knows Streamlit: the screen brings claims and headers.
"""

import hashlib
import hmac
import ipaddress
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from threading import Lock
from urllib.parse import urlsplit

from dashboard.errors import NotAdmitted
from dashboard.settings import LOOPBACK, SHORTEST_SECRET, Access, Grant

# What each role may do. `look`: pages drawn from records; `share`: freeze what is seen; `export`: take it away as a
# file; `open`: a snapshot that is addressed to one; `judge`: say in a workshop which statements on strengths and
# weaknesses hold; `audit`: who did what. Loading is the command line's.
MAY: Mapping[str, frozenset[str]] = {
    "commander": frozenset({"look", "share", "export", "open", "judge"}),
    "planner": frozenset({"look", "share", "export", "open", "judge"}),
    "data_officer": frozenset({"look", "export", "open"}),
    "recipient": frozenset({"open"}),
    "administrator": frozenset({"audit"}),
    "auditor": frozenset({"audit"}),
}
EVERYTHING = frozenset().union(*MAY.values())
EXACT, PROTECTED = "exact", ("inside", "outside")  # readers, the least entitled last
INSIDE, OUTSIDE = PROTECTED
FEWEST_SIGNS = 12  # different ones of a secret: fewer is a sample, as xxxx
SECRET_HEADER = "x-simanta-proxy"
USER_HEADER, GROUPS_HEADER = "x-remote-user", "x-remote-groups"
NAMING = (SECRET_HEADER, USER_HEADER, GROUPS_HEADER)  # each once in a request
# What a proxy adds to a request, or a browser that would pass for one. None of it belongs on a machine of one user.
PROXIED = (*NAMING, "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "via", "forwarded", "x-real-ip")


@dataclass(frozen=True)
class Principal:
    """Who asks. Two are equal where they may see the same, so that an answer in a cache is for both or for neither.

    subject: a name for the audit; role: one of MAY; districts: adm2 codes, None for every district.
    is_local: the one user of this machine, who may do what every role may.
    """

    subject: str = field(compare=False)
    role: str
    districts: tuple[str, ...] | None
    is_local: bool = False

    def may(self, action: str) -> bool:
        """Whether this person may do this. An action or a role that nobody knows is refused."""
        return action in (EVERYTHING if self.is_local else MAY.get(self.role, frozenset()))

    @property
    def reach(self) -> tuple[str, tuple[str, ...] | None, bool]:
        """What an answer depends on of who asks: part of every key of a cache."""
        return self.role, self.districts, self.is_local

    @property
    def reads_exact(self) -> bool:
        """Whether counts of the districts in view are theirs to read as they are (from 5 on: `disclosure`)."""
        return self.may("look")

    @property
    def sees_all(self) -> bool:
        """Whether every district is in view, and with it what belongs to none: loads, refused rows."""
        return self.districts is None and self.may("look")

    def to_sql(self) -> tuple[str, dict[str, object]]:
        """The scope as a predicate with bound parameters. No district, or a role without records: no row at all."""
        seen = list(self.districts or ()) if self.may("look") else []
        predicate = "TRUE" if self.sees_all else "list_contains($scope, adm2)"
        return predicate, {"scope": seen, "sees_all": self.sees_all}


@dataclass(frozen=True)
class Audience:
    """Who may open a snapshot: people by their subject, roles, districts; and what its figures are.

    scope: the districts that they are of, None for every district; reader: for whom they were made. Names nobody:
    nobody may open it.
    """

    people: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()
    districts: tuple[str, ...] = ()
    scope: tuple[str, ...] | None = None
    reader: str = EXACT


def may_open(principal: Principal, audience: Audience) -> bool:
    """Whether a snapshot opens for this person now: named as one, by role or by district, and in reach of its figures.

    Holding its id is no right. The local user of a machine opens what is on it.
    """
    if principal.is_local:
        return True
    own = principal.districts
    is_of_district = any(own is None or code in own for code in audience.districts)
    is_named = principal.subject in audience.people or principal.role in audience.roles or is_of_district
    reaches = own is None or (audience.scope is not None and set(audience.scope) <= set(own))
    is_for_them = audience.reader == OUTSIDE or principal.may("look")
    return principal.may("open") and is_named and reaches and is_for_them


def reader_of(maker: Principal, audience: Audience, access: Access) -> str:
    """For whom the figures of a snapshot are made: the strictest of those who are named.

    Exact for the local user alone; inside for roles that read pages, and for who has their districts; outside for
    recipients, and for a person whose role is not known by name.
    """
    others = [name for name in audience.people if name != maker.subject]
    roles = {*audience.roles, *(access.people[name].role if name in access.people else "" for name in others)}
    if maker.is_local and not roles and not audience.districts:
        return EXACT
    return INSIDE if all("look" in MAY.get(role, ()) for role in roles) else OUTSIDE


def leaving(maker: Principal, reader: str) -> str:
    """For whom the figures of a file are made: the local user's as the page shows them, of all others protected."""
    return reader if maker.is_local or reader != EXACT else INSIDE


def may_take_back(principal: Principal, author: str) -> bool:
    """Whether a snapshot of this author is this person's to take back."""
    leads = principal.role == "commander" and principal.districts is None
    return principal.is_local or (principal.may("share") and (principal.subject == author or leads))


def local_user() -> Principal:
    """The one user of a machine that serves on loopback alone: commander and data officer of all districts."""
    return Principal("local", "commander", None, is_local=True)


@dataclass(frozen=True)
class Proof:
    """What a sign-in has proven: who, and when. key: names the sign-in itself, so that one that was ended stays so."""

    principal: Principal
    since: datetime
    until: datetime
    key: str


def is_from_proxy(access: Access, headers: Mapping[str, str]) -> bool:
    """Whether a request carries the secret that this server shares with its proxy. headers: names in lower case."""
    secret = access.proxy_secret.get_secret_value() if access.proxy_secret else ""
    return bool(secret) and hmac.compare_digest(headers.get(SECRET_HEADER, "").encode(), secret.encode())


def by_headers(access: Access, headers: Mapping[str, str], since: datetime, key: str) -> Proof:
    """The person whom a trusted proxy names. Raises NotAdmitted for a request that did not come through it."""
    if not is_from_proxy(access, headers):
        raise NotAdmitted("FORGED", "This server is reached by way of its proxy alone.", "Use the usual address.")
    subject = headers.get(USER_HEADER, "").strip().lower()
    if not subject:
        raise NotAdmitted("SIGNED_OUT", "Nobody has signed in.", "Sign in at the proxy.")
    groups = [name.strip() for name in headers.get(GROUPS_HEADER, "").split(",")]
    until = since + timedelta(hours=access.session_hours)
    return Proof(_granted(access, subject, groups), since, until, f"{subject} {key}")


def by_claims(access: Access, client_id: str, claims: Mapping[str, object], now: datetime) -> Proof:
    """The person whom an ID token names. Raises NotAdmitted where it is not for us, or over.

    Streamlit keeps the token's claims in a signed cookie for 30 days and asks no more: so they are judged at each run.
    """
    audience = claims.get("aud")
    is_ours = client_id in (audience if isinstance(audience, list) else [audience])
    if not client_id or not is_ours or claims.get("iss") != access.issuer:
        raise NotAdmitted("FORGED", "This sign-in is not for this server.", "Sign in again.")
    signed_in, ends = _moment(claims.get("iat")), _moment(claims.get("exp"))
    if signed_in is None or ends is None or signed_in > now + timedelta(minutes=5):
        raise NotAdmitted("FORGED", "This sign-in does not say when it ends.", "Sign in again.")
    until = min(ends, signed_in + timedelta(hours=access.session_hours))
    subject = str(claims.get("email") or "").strip().lower()
    if not subject or claims.get("email_verified") is not True:
        raise NotAdmitted("NO_ADDRESS", "The sign-in names no verified e-mail address.", "Ask your administrator.")
    groups = claims.get("groups")
    named = [str(each) for each in groups] if isinstance(groups, list) else []
    return Proof(_granted(access, subject, named), signed_in, until, f"{claims.get('sub')} {claims.get('iat')}")


class Sittings:
    """Who is at work: a sign-in is over by its own end, after hours, after a rest, or because it was ended.

    What is known of rests is kept in memory: after a restart a sign-in counts as at rest since it was made.
    """

    def __init__(self) -> None:
        self._seen: dict[str, datetime] = {}
        self._ended: set[str] = set()
        self._lock = Lock()

    def judge(self, access: Access, proof: Proof, now: datetime) -> bool:
        """Whether this is the first that is seen of the sign-in. Raises NotAdmitted where it is over."""
        rest = timedelta(minutes=access.idle_minutes)
        name = name_of(proof.key)
        with self._lock:
            last = self._seen.get(name)
            if name in self._ended or now >= proof.until or now - (last or proof.since) > rest:
                raise NotAdmitted("EXPIRED", "Your session has ended.", "Sign in again.", proof.principal.subject)
            self._seen = {each: at for each, at in self._seen.items() if now - at <= rest} | {name: now}
        return last is None

    def end(self, names: Iterable[str]) -> None:
        """Ends sign-ins for good, by their names: whoever comes with a kept cookie is told that it is over."""
        with self._lock:
            self._ended.update(names)


def name_of(key: str) -> str:
    """What a sign-in is called in the audit: nothing of its token can be read from it."""
    return hashlib.sha256(key.encode()).hexdigest()[:16]


class Misses:
    """How many links did not open for someone in the last minute: at MOST a pause begins, so that none is guessed."""

    MOST, WITHIN = 10, timedelta(minutes=1)

    def __init__(self) -> None:
        self._at: dict[str, list[datetime]] = {}
        self._lock = Lock()

    def is_paused(self, who: str, now: datetime) -> bool:
        """Whether it is too early for another try."""
        with self._lock:
            return len(self._recent(who, now)) >= self.MOST

    def add(self, who: str, now: datetime) -> bool:
        """Counts a miss; whether it is the one that begins the pause."""
        with self._lock:
            self._at = {each: found for each in self._at if (found := self._recent(each, now))}
            self._at.setdefault(who, []).append(now)
            return len(self._at[who]) == self.MOST

    def _recent(self, who: str, now: datetime) -> list[datetime]:
        return [at for at in self._at.get(who, []) if now - at < self.WITHIN]


def at_terminal(access: Access, user: str) -> Principal:
    """Who types a command. Where people sign in, an account of the machine needs a grant of its own, as os:NAME."""
    return local_user() if access.adapter == "local" else _granted(access, f"os:{user}", ())


def _moment(seconds: object) -> datetime | None:
    is_number = isinstance(seconds, int | float) and not isinstance(seconds, bool)
    try:
        return datetime.fromtimestamp(seconds, UTC) if is_number else None  # type: ignore[arg-type]
    except (OverflowError, ValueError, OSError):
        return None


def _granted(access: Access, subject: str, groups: Sequence[str]) -> Principal:
    """The person's own grant, else that of their groups; several widen a role's districts, never mix roles."""
    own = access.people.get(subject)
    grants = [own] if own else [access.groups[name] for name in groups if name in access.groups]
    roles = {grant.role for grant in grants}
    if len(roles) != 1:
        said = "Your groups have different roles here." if roles else "You are known, and have no role here."
        raise NotAdmitted("NO_ROLE", said, "Ask your administrator.", subject)
    return Principal(subject, roles.pop(), _districts(grants))


def _districts(grants: Sequence[Grant]) -> tuple[str, ...] | None:
    if any(grant.districts == "all" for grant in grants):
        return None
    return tuple(sorted({code for grant in grants for code in grant.districts}))


def refuse_start(access: Access, address: str, public_url: str | None) -> str | None:
    """Why a server must not listen at this address with this door, or None."""
    if access.adapter in ("local", "proxy") and address not in LOOPBACK:
        return (
            f"{address or 'Every address'} is not this machine, and adapter = {access.adapter} serves 127.0.0.1 alone."
        )
    if access.adapter == "oidc" and not _is_private(public_url):
        return "With adapter = oidc public_url must begin with https:// (or be an address of this machine)."
    return None


def refuse_secrets(told: Mapping[str, object], public_url: str | None) -> str | None:
    """Why a server must not start with these secrets of its sign-in, or None. Names keys, never values."""
    needed = ("redirect_uri", "cookie_secret", "client_id", "client_secret", "server_metadata_url")
    missing = [name for name in needed if not told.get(name)]
    if missing:
        return f"[auth] of secrets.toml lacks {', '.join(missing)}."
    secret = str(told["cookie_secret"])
    if len(secret) < SHORTEST_SECRET or len(set(secret)) < FEWEST_SIGNS:
        return f"cookie_secret is short or a sample: take {SHORTEST_SECRET} random characters or more."
    if told["redirect_uri"] != f"{(public_url or '').rstrip('/')}/oauth2callback":
        return "redirect_uri must be public_url with /oauth2callback behind it."
    if not _is_private(str(told["server_metadata_url"])):
        return "server_metadata_url must begin with https://."
    return None


def _is_private(url: str | None) -> bool:
    """Whether nobody can read along on the way to this address."""
    told = urlsplit(url or "")
    return told.scheme == "https" or (told.scheme == "http" and told.hostname in LOOPBACK)


def is_loopback(address: str | None) -> bool:
    """Whether a peer is this machine. Streamlit tells None for it; a name is none."""
    if address is None:
        return True
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False
