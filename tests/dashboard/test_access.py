"""Who may what: claims and headers make one person or none, a sign-in ends, an audience opens to who is meant."""

from datetime import UTC, datetime, timedelta

import pytest
from pydantic import ValidationError

from dashboard import access
from dashboard.access import MAY, Audience, Misses, Principal, Sittings, local_user, may_open
from dashboard.errors import NotAdmitted
from dashboard.settings import Access

NOW = datetime(2026, 11, 24, 6, 0, tzinfo=UTC)
ISSUER, CLIENT, SECRET = "https://id.example.org", "simanta", "s3cret-of-the-proxy-0123456789abcdef"
JASHORE, SATKHIRA = "BD4041", "BD4087"
RULES = Access(
    adapter="oidc",
    issuer=ISSUER,
    people={"p@example.org": {"role": "planner", "districts": [JASHORE]}},
    groups={
        "planners-jashore": {"role": "planner", "districts": [JASHORE]},
        "planners-satkhira": {"role": "planner", "districts": [SATKHIRA]},
        "commanders": {"role": "commander", "districts": "all"},
        "empty": {"role": "planner"},
    },
)
PROXY = Access(adapter="proxy", proxy_secret=SECRET, people=RULES.people, groups=RULES.groups)


def claims(**changed):
    told = {
        "iss": ISSUER, "aud": CLIENT, "sub": "1", "email": "P@example.org", "email_verified": True,
        "iat": NOW.timestamp(), "exp": (NOW + timedelta(hours=1)).timestamp(),
    }  # fmt: skip
    return {name: value for name, value in (told | changed).items() if value is not None}


def signed_in(**changed):
    return access.by_claims(RULES, CLIENT, claims(**changed), NOW)


def test_a_token_makes_the_person_whom_it_names():
    assert signed_in().principal == Principal("p@example.org", "planner", (JASHORE,))
    assert signed_in().principal.subject == "p@example.org"
    assert signed_in(aud=["other", CLIENT]).principal.role == "planner"


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"iss": "https://evil.example.org"}, "FORGED"), ({"iss": None}, "FORGED"),
        ({"aud": "another"}, "FORGED"), ({"aud": None}, "FORGED"),
        ({"exp": None}, "FORGED"), ({"exp": "soon"}, "FORGED"), ({"exp": True}, "FORGED"), ({"exp": 1e300}, "FORGED"),
        ({"iat": None}, "FORGED"), ({"iat": (NOW + timedelta(hours=2)).timestamp()}, "FORGED"),
        ({"email": None}, "NO_ADDRESS"), ({"email_verified": False}, "NO_ADDRESS"),
        ({"email_verified": None}, "NO_ADDRESS"), ({"email_verified": "true"}, "NO_ADDRESS"),
        ({"email": "x@example.org"}, "NO_ROLE"), ({"email": "x@example.org", "groups": ["unknown"]}, "NO_ROLE"),
        ({"email": "x@example.org", "groups": "commanders"}, "NO_ROLE"),
        ({"email": "x@example.org", "groups": ["commanders", "planners-jashore"]}, "NO_ROLE"),
    ],
    ids=str,
)  # fmt: skip
def test_a_token_that_is_not_whole_or_not_for_us_makes_nobody(changed, code):
    with pytest.raises(NotAdmitted) as refusal:
        signed_in(**changed)
    assert refusal.value.code == code


def test_groups_of_one_role_widen_its_districts_and_an_empty_grant_has_none():
    both = signed_in(email="x@example.org", groups=["planners-jashore", "planners-satkhira"]).principal
    assert both.districts == (JASHORE, SATKHIRA)
    assert signed_in(email="x@example.org", groups=["empty"]).principal.districts == ()
    assert signed_in(email="x@example.org", groups=["commanders"]).principal.districts is None


@pytest.mark.parametrize("secret", ["", "wrong", SECRET + "x", SECRET[:-1], SECRET.upper()])
def test_a_header_without_the_proxys_secret_is_believed_by_nobody(secret):
    forged = {"x-remote-user": "p@example.org", "x-remote-groups": "commanders", "x-simanta-proxy": secret}
    with pytest.raises(NotAdmitted, match="proxy"):
        access.by_headers(PROXY, forged, NOW, "k")
    with pytest.raises(NotAdmitted):
        access.by_headers(Access(), forged, NOW, "k")


def test_a_trusted_proxy_names_the_person():
    told = {"x-simanta-proxy": SECRET, "x-remote-user": " X@Example.org ", "x-remote-groups": "a, commanders"}
    assert access.by_headers(PROXY, told, NOW, "k").principal == Principal("x@example.org", "commander", None)
    with pytest.raises(NotAdmitted) as refusal:
        access.by_headers(PROXY, told | {"x-remote-user": ""}, NOW, "k")
    assert refusal.value.code == "SIGNED_OUT"


def test_a_sitting_ends_with_its_token_after_a_rest_after_hours_and_for_good_when_it_is_ended():
    def at(sittings, minutes, **changed):
        return sittings.judge(RULES, signed_in(**changed), NOW + timedelta(minutes=minutes))

    sittings, far = Sittings(), (NOW + timedelta(days=9)).timestamp()
    assert [at(sittings, m) for m in (0, 20, 40)] == [True, False, False]
    with pytest.raises(NotAdmitted):
        at(sittings, 60)  # the token's own end, to the minute
    with pytest.raises(NotAdmitted):
        at(Sittings(), 31, exp=far)  # a restart forgets who was at work: a rest since the sign-in
    busy = Sittings()
    for minutes in range(0, 12 * 60, 20):
        at(busy, minutes, exp=far)
    with pytest.raises(NotAdmitted):
        at(busy, 12 * 60, exp=far)
    ended = Sittings()
    at(ended, 0)
    ended.end([access.name_of(signed_in().key)])
    with pytest.raises(NotAdmitted) as refusal:
        at(ended, 1)  # the same cookie again
    assert refusal.value.code == "EXPIRED"
    assert at(ended, 2, iat=(NOW + timedelta(minutes=2)).timestamp()) is True  # a new sign-in is another sitting


def test_ten_misses_in_a_minute_begin_a_pause_for_that_person_alone():
    misses = Misses()
    assert [misses.add("a", NOW + timedelta(seconds=i)) for i in range(10)] == [False] * 9 + [True]
    assert misses.is_paused("a", NOW + timedelta(seconds=30))
    assert not misses.is_paused("b", NOW + timedelta(seconds=30))
    assert not misses.is_paused("a", NOW + timedelta(seconds=61))


@pytest.mark.parametrize("role", [*MAY, "nobody"])
def test_an_action_that_nobody_knows_is_refused(role):
    assert not Principal("x", role, None).may("everything")
    assert not Principal("x", role, None).may("")


def test_a_role_without_records_has_no_row_whatever_its_districts():
    for role in ("administrator", "auditor", "recipient", "nobody"):
        one = Principal("x", role, None)
        assert (one.sees_all, one.reads_exact, one.to_sql()[1]["scope"]) == (False, False, [])
        assert one.to_sql()[0] != "TRUE"


@pytest.mark.parametrize(
    ("audience", "opens"),
    [
        (Audience(reader="outside"), False),
        (Audience(people=("r@example.org",), scope=(JASHORE,), reader="outside"), True),
        (Audience(people=("r@example.org",), scope=(JASHORE,), reader="inside"), False),  # finer than they may read
        (Audience(people=("r@example.org",), scope=(JASHORE,)), False),
        (
            Audience(people=("r@example.org",), scope=(JASHORE, SATKHIRA), reader="outside"),
            False,
        ),  # not their districts
        (Audience(people=("r@example.org",), scope=None, reader="outside"), False),
        (Audience(people=("other@example.org",), scope=(JASHORE,), reader="outside"), False),
        (Audience(roles=("recipient",), scope=(JASHORE,), reader="outside"), True),
        (Audience(roles=("planner",), scope=(JASHORE,), reader="outside"), False),
        (Audience(districts=(JASHORE,), scope=(JASHORE,), reader="outside"), True),
        (Audience(districts=(JASHORE,), scope=(JASHORE,), reader="inside"), False),
        (Audience(districts=(SATKHIRA,), scope=(JASHORE,), reader="outside"), False),
        (Audience(roles=("recipient",), scope=(), reader="outside"), True),
    ],
    ids=str,
)
def test_a_snapshot_opens_to_who_is_meant_and_reaches_over_its_districts(audience, opens):
    assert may_open(Principal("r@example.org", "recipient", (JASHORE,)), audience) is opens
    assert may_open(local_user(), audience) is True


PLANNER, KNOWN = Principal("p@example.org", "planner", (JASHORE,)), "known@example.org"
GRANTED = Access(people={KNOWN: {"role": "planner"}, "r@example.org": {"role": "recipient"}})


@pytest.mark.parametrize(
    ("maker", "audience", "reader"),
    [
        (local_user(), Audience(people=("local",)), "exact"),
        (local_user(), Audience(people=("local",), roles=("commander", "planner")), "inside"),
        (local_user(), Audience(people=("local",), districts=(JASHORE,)), "inside"),
        (local_user(), Audience(people=("local", KNOWN)), "inside"),
        (local_user(), Audience(people=("local", "r@example.org")), "outside"),
        (local_user(), Audience(people=("local", "nobody.knows@example.org")), "outside"),
        (local_user(), Audience(people=("local",), roles=("planner", "recipient")), "outside"),
        (local_user(), Audience(people=("local",), roles=("administrator",)), "outside"),
        (PLANNER, Audience(people=("p@example.org",)), "inside"),  # what leaves a signed-in person's hands is rounded
        (PLANNER, Audience(people=("p@example.org",), roles=("recipient",)), "outside"),
    ],
    ids=str,
)
def test_figures_are_made_for_the_least_entitled_of_those_who_are_named(maker, audience, reader):
    assert access.reader_of(maker, audience, GRANTED) == reader


def test_a_file_of_the_local_user_is_as_the_page_shows_it_and_of_everybody_else_rounded():
    assert [access.leaving(local_user(), reader) for reader in ("exact", "outside")] == ["exact", "outside"]
    assert [access.leaving(PLANNER, reader) for reader in ("exact", "inside", "outside")] == [
        "inside",
        "inside",
        "outside",
    ]


def test_a_snapshot_is_taken_back_by_its_author_or_who_leads_and_by_no_other():
    assert access.may_take_back(PLANNER, "p@example.org")
    assert access.may_take_back(Principal("c@example.org", "commander", None), "p@example.org")
    for other in ("planner", "data_officer", "recipient", "administrator"):
        assert not access.may_take_back(Principal("o@example.org", other, None), "p@example.org")
    assert not access.may_take_back(Principal("c@example.org", "commander", (JASHORE,)), "p@example.org")


def test_who_operates_the_server_opens_no_snapshot_even_where_it_names_them():
    meant = Audience(people=("a@example.org",), roles=("administrator", "auditor"), scope=(JASHORE,))
    for role in ("administrator", "auditor"):
        assert not may_open(Principal("a@example.org", role, None), meant)


@pytest.mark.parametrize(
    ("adapter", "address", "public_url", "starts"),
    [
        ("local", "127.0.0.1", None, True), ("local", "::1", None, True), ("local", "0.0.0.0", None, False),
        ("local", "", None, False), ("local", "10.0.0.5", None, False), ("proxy", "127.0.0.1", None, True),
        ("proxy", "0.0.0.0", "https://x.example.org", False), ("oidc", "0.0.0.0", "https://x.example.org", True),
        ("oidc", "0.0.0.0", "http://x.example.org", False), ("oidc", "127.0.0.1", None, False),
        ("oidc", "127.0.0.1", "http://127.0.0.1:8501", True), ("oidc", "0.0.0.0", "ftp://x.example.org", False),
    ],
)  # fmt: skip
def test_a_server_that_would_be_open_by_mistake_does_not_start(adapter, address, public_url, starts):
    rules = {"local": Access(), "proxy": PROXY, "oidc": RULES}[adapter]
    assert (access.refuse_start(rules, address, public_url) is None) is starts


WHOLE = {
    "redirect_uri": "https://x.example.org/oauth2callback", "client_id": "c", "client_secret": "s",
    "cookie_secret": "0123456789abcdef0123456789abcdef", "server_metadata_url": "https://id.example.org/openid",
}  # fmt: skip


@pytest.mark.parametrize(
    "changed",
    [
        {"cookie_secret": "short"}, {"cookie_secret": "x" * 64}, {"cookie_secret": ""}, {"client_secret": None},
        {"redirect_uri": "https://evil.example.org/oauth2callback"}, {"redirect_uri": "https://x.example.org/"},
        {"server_metadata_url": "http://id.example.org/openid"},
    ],
    ids=str,
)  # fmt: skip
def test_secrets_that_are_short_a_sample_or_of_another_address_do_not_start(changed):
    assert access.refuse_secrets(WHOLE, "https://x.example.org/") is None
    why = access.refuse_secrets(WHOLE | changed, "https://x.example.org")
    assert why
    assert not any(len(str(value)) > 8 and str(value) in why for value in changed.values())


@pytest.mark.parametrize(
    "wrong",
    [
        {"adapter": "none"}, {"adapter": "oidc"}, {"adapter": "proxy"}, {"adapter": "proxy", "proxy_secret": "short"},
        {"people": {"x": {"role": "king"}}}, {"people": {"x": {"role": "planner", "districts": ["4041"]}}},
        {"people": {"x": {"role": "planner", "district": ["BD4041"]}}}, {"unknown": 1}, {"idle_minutes": 0},
    ],
    ids=str,
)  # fmt: skip
def test_rules_that_cannot_be_meant_are_refused(wrong):
    with pytest.raises(ValidationError):
        Access(**wrong)


def test_a_command_needs_a_grant_of_its_own_where_people_sign_in():
    assert access.at_terminal(Access(), "rahim") == local_user()
    with pytest.raises(NotAdmitted):
        access.at_terminal(RULES, "rahim")
    granted = Access(adapter="oidc", issuer=ISSUER, people={"os:rahim": {"role": "planner", "districts": [JASHORE]}})
    assert access.at_terminal(granted, "rahim") == Principal("os:rahim", "planner", (JASHORE,))
