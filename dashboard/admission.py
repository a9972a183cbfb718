"""Who stands at the door: the person of this run, judged anew each time; what they do is written down first."""

import secrets
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from functools import cache
from urllib.parse import urlencode, urlsplit

import streamlit as st

from dashboard import access, audit, ledger
from dashboard.access import Misses, Principal, Proof, Sittings
from dashboard.errors import NotAdmitted, SimantaError
from dashboard.filters import Filters
from dashboard.settings import LOOPBACK, reread, settings

BROWSER = "simanta_browser"  # a cookie that means nothing but this browser, so that a sign-in finds its way back
SINCE, KEY = "sitting_since", "sitting_key"
ASKED, TURNED_AWAY = "asked_last", "turned_away_for"
MOST_BACK, LONGEST_BACK = 10_000, 2_000
_back: dict[str, str] = {}  # browser to where it wanted to go before it was sent to sign in
_misses = Misses()


@cache
def _sittings() -> Sittings:
    """With the sign-ins that were ended before this server was started."""
    sittings = Sittings()
    ended = [line.object for line in audit.lines(_ledger()) if line.action == "sign_out"]
    sittings.end(name.removeprefix("session ") for name in ended)
    return sittings


def principal() -> Principal:
    """Who looks. Raises NotAdmitted where nobody is known, or who is known has no role; that is written down."""
    reread()
    try:
        return _judged()
    except NotAdmitted as refusal:
        if refusal.code != "SIGNED_OUT" and st.session_state.get(TURNED_AWAY) != refusal.code:
            st.session_state[TURNED_AWAY] = refusal.code
            _write(refusal.subject or "nobody", "none", "denied", outcome=refusal.code)
        raise


def _judged() -> Principal:
    rules, now = settings().access, datetime.now(UTC)
    if rules.adapter == "local":
        if not _is_this_machine():
            what = "Without a sign-in Simanta serves the user of this machine alone."
            raise NotAdmitted("NOT_LOCAL", what, "Ask your administrator.")
        return access.local_user()
    proof = _prover()(now)
    is_new = _sittings().judge(rules, proof, now)
    if is_new:
        _write(proof.principal.subject, proof.principal.role, "sign_in", _sitting(proof))
    return proof.principal


def _prover() -> Callable[[datetime], Proof]:
    """What proves who this visitor is, taken from the connection; it can be judged again where there is none."""
    if settings().access.adapter == "oidc":
        claims = st.user.to_dict()
        return lambda now: _by_claims(claims, now)
    since = st.session_state.setdefault(SINCE, datetime.now(UTC))  # a browser's connection is one sitting:
    key = st.session_state.setdefault(KEY, secrets.token_hex(16))  # the proxy is asked again when it connects anew
    headers = _headers()
    return lambda _: access.by_headers(settings().access, headers, since, key)


Noted = Callable[[str, Mapping[str, Sequence[str]] | None], Principal]


def taking(action: str = "export") -> Noted:
    """A function that judges this visitor anew and writes down what they take away, before it is made.

    A file is made in a thread that knows neither cookie nor header, and when a message of the browser asks for it, also
    where no button was pressed. Raises NotAdmitted there; SimantaError where it cannot be written.
    """
    peer, is_local = _peer() or "this machine", settings().access.adapter == "local"
    here = principal()
    prove = None if is_local else _prover()

    def noted(object_: str, filters: Mapping[str, Sequence[str]] | None) -> Principal:
        reread()
        try:
            who = here if prove is None else _still(prove)
            if not who.may(action):
                raise NotAdmitted("ROLE", "Your role takes no files away.", "Ask your administrator.", who.subject)
        except NotAdmitted as refusal:
            deed = audit.Deed(refusal.subject or "nobody", "none", peer, "denied", object_, refusal.code, filters)
            audit.record(_ledger(), deed)
            raise
        audit.record(_ledger(), audit.Deed(who.subject, who.role, peer, "export", object_, "done", filters))
        return who

    return noted


def _still(prove: Callable[[datetime], Proof]) -> Principal:
    now = datetime.now(UTC)
    proof = prove(now)
    _sittings().judge(settings().access, proof, now)
    return proof.principal


def of_request(headers: Mapping[str, str], claims: Mapping[str, object], peer: str | None) -> Principal:
    """Who sends a request outside a page, such as for a file. Raises NotAdmitted as `principal` does.

    headers: names in lower case; claims: of the cookie of a sign-in, its signature checked; none without one.
    """
    reread()
    rules, now = settings().access, datetime.now(UTC)
    if rules.adapter == "proxy":
        return access.by_headers(rules, headers, now, "request").principal
    if rules.adapter == "oidc":
        proof = _by_claims(claims, now)
        _sittings().judge(rules, proof, now)
        return proof.principal
    if access.is_loopback(peer) and not any(name in access.PROXIED for name in headers):
        return access.local_user()
    raise NotAdmitted("NOT_LOCAL", "Without a sign-in Simanta serves the user of this machine alone.", "Sign in.")


def _is_this_machine() -> bool:
    has_proxy = any(name in access.PROXIED for name in _headers())
    return st.get_option("server.address") in LOOPBACK and not has_proxy and access.is_loopback(_peer())


def _peer() -> str | None:
    """Where the connection comes from; None for this machine (and under a test without a browser)."""
    address = st.context.ip_address
    return address if isinstance(address, str) else None


def _headers() -> dict[str, str]:
    return {name.lower(): value for name, value in st.context.headers.items()}


def _by_claims(claims: Mapping[str, object], now: datetime) -> Proof:
    if not claims.get("is_logged_in"):
        raise NotAdmitted("SIGNED_OUT", "Nobody has signed in.", "Sign in.")
    return access.by_claims(settings().access, str(st.secrets["auth"].get("client_id", "")), claims, now)


def _sitting(proof: Proof) -> str:
    return f"session {access.name_of(proof.key)}"


def sign_in() -> None:
    """Sends the browser to the provider, and remembers where it wanted to go."""
    browser = st.context.cookies.get(BROWSER)
    if browser:
        while len(_back) >= MOST_BACK:  # who never came back is forgotten first
            _back.pop(next(iter(_back)), None)
        query = urlencode([(name, value) for name in st.query_params for value in st.query_params.get_all(name)])
        path = urlsplit(st.context.url or "/").path.lstrip("/\\")  # "//host" would be another server
        _back[browser] = ("/" + path + (f"?{query}" if query else ""))[:LONGEST_BACK]
    st.login()


def way_back(browser: str) -> str:
    """Where a browser wanted to go before it signed in; told once."""
    return _back.pop(browser, "/")


def sign_out() -> None:
    """Ends this sign-in here and at the provider: the same cookie opens nothing any more."""
    try:
        proof = _by_claims(st.user.to_dict(), datetime.now(UTC))
        _write(proof.principal.subject, proof.principal.role, "sign_out", _sitting(proof))
        _sittings().end([access.name_of(proof.key)])
    except NotAdmitted as refusal:  # whoever has no role here has a cookie all the same
        _write(refusal.subject or "nobody", "none", "sign_out")
    finally:
        st.logout()


def note(action: str, object_: str = "", outcome: str = "done", filters: Filters | None = None) -> None:
    """Writes down what the visitor is about to do. Raises SimantaError where it cannot be: then it is not done."""
    who = principal()
    _write(who.subject, who.role, action, object_, outcome, filters)


def note_question(page: str, version: int, filters: Filters) -> None:
    """A page is opened, or filtered: written once, not each time that the screen is drawn."""
    last = st.session_state.get(ASKED)
    if (page, version, filters) != last:
        note("filter" if last and last[0] == page else "open", f"{page} v{version:06d}", filters=filters)
        st.session_state[ASKED] = (page, version, filters)


def note_page(page: str, outcome: str = "done") -> None:
    """A page that asks no question was opened, or was refused."""
    if (page, outcome) != st.session_state.get(ASKED):
        note("open" if outcome == "done" else "denied", page, outcome)
        st.session_state[ASKED] = (page, outcome)


def before_opening() -> None:
    """Raises SimantaError while a visitor has missed too often: ids are not to be guessed."""
    if _misses.is_paused(principal().subject, datetime.now(UTC)):
        raise SimantaError("PAUSED", "Too many links did not open.", "Wait a minute, then open yours.")


def missed(snapshot_id: str, outcome: str) -> None:
    """Counts and writes down a link that did not open; once, not each time that the screen is drawn."""
    if (snapshot_id, outcome) == st.session_state.get(ASKED):
        return
    st.session_state[ASKED] = (snapshot_id, outcome)
    begins_pause = _misses.add(principal().subject, datetime.now(UTC))
    note("denied", audit.short(snapshot_id), "PAUSED" if begins_pause else outcome)


def turned_away(peer: str | None) -> None:
    """Writes down a request that only pretends to come from the proxy; of each address no more than a page a minute."""
    if not _misses.is_paused(f"from {peer}", datetime.now(UTC)):
        _misses.add(f"from {peer}", datetime.now(UTC))
        audit.record(_ledger(), audit.Deed("nobody", "none", peer or "this machine", "denied", outcome="FORGED"))


def deed(action: str) -> audit.Deed:
    """What the visitor is about to do, to be written together with the deed itself."""
    who = principal()
    return audit.Deed(who.subject, who.role, _peer() or "this machine", action)


def _write(
    subject: str, role: str, action: str, object_: str = "", outcome: str = "done", filters: Filters | None = None
) -> None:
    address = _peer() or "this machine"
    asked = filters.to_link() if filters else None
    audit.record(_ledger(), audit.Deed(subject, role, address, action, object_, outcome, asked))


def _ledger() -> ledger.Ledger:
    return ledger.open_ledger(settings().store)
