"""What is said of a snapshot wherever it is shown: frozen, by whom, for whom, until when; how to cite and check it."""

import json
from datetime import datetime
from pathlib import Path

import segno

from dashboard import briefs, sealed, snapshots, standalone
from dashboard.access import Audience
from dashboard.components import caveat, handout, recorder
from dashboard.filters import Label
from dashboard.i18n import N_, Text
from dashboard.page import Page
from dashboard.snapshots import Snapshot

ROLES = {
    "commander": N_("commanders"),
    "planner": N_("planners"),
    "data_officer": N_("data officers"),
    "recipient": N_("recipients"),
}  # those who may open a snapshot that names them


def banner(snapshot: Snapshot, text: Text) -> list[str]:
    """Frozen as of when, made by whom, for whom, until when."""
    terms, answer = snapshot.terms, snapshot.answer
    return [
        text("Frozen view. It does not update.") + " " + text("As of {day}", day=answer.as_of) + ", "
        f"{text('data')} v{answer.version:06d}.",
        text(
            "Made by {author} on {day}, for {audience}, until {end}.",
            author=author(snapshot, text),
            day=datetime.fromisoformat(snapshot.created_at),
            audience=audience(terms.audience, answer.label(text.language), text),
            end=terms.expires_at,
        ),
    ]


def author(snapshot: Snapshot, text: Text) -> str:
    """Who made it; the local user has no name."""
    return text("the user of this machine") if snapshot.terms.author == "local" else snapshot.terms.author


def audience(named: Audience, label: Label, text: Text) -> str:
    """Those who may open it, in words."""
    people = [text("the user of this machine") if each == "local" else each for each in named.people]
    roles = [text(ROLES[role]) if role in ROLES else role for role in named.roles]
    return ", ".join([*people, *roles, *(label("district", code) for code in named.districts)])


def citation(snapshot: Snapshot) -> tuple[str, str, str]:
    """To be cited: in English in every language, so that two copies say the same."""
    return (
        f"Simanta snapshot {snapshot.id}, data v{snapshot.answer.version:06d}, code {snapshot.code_version}, "
        f"{snapshot.created_at}",
        f"sha256 {snapshot.content_hash}",
        f"signed by key {snapshot.key_id}",
    )


def qr(snapshot: Snapshot, base: str = "") -> str:
    """The link and the hash as an SVG, black on white in every theme."""
    made = segno.make(f"{base}/s/{snapshot.id}#sha256={snapshot.content_hash}", error="m", micro=False)
    drawn: str = made.svg_inline(scale=3, dark="#000000", light="#FFFFFF", border=2)
    return drawn.replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1) if "xmlns" not in drawn else drawn


def file_of(page: Page, snapshot: Snapshot, text: Text, kind: str, keys: Path, now: datetime) -> bytes:
    """The snapshot as one sealed file that opens on any machine. kind: html or pdf."""
    answer, made_at = snapshot.answer, datetime.fromisoformat(snapshot.created_at)
    valid = text("Valid until {end} unless it was taken back: ask its sender.", end=snapshot.terms.expires_at)
    told = [*citation(snapshot), caveat.made_of(answer, text, made_at), *caveat.duties(answer, text)]
    blocks = recorder.heard(page, answer, text)
    warned = " ".join(filter(None, [*banner(snapshot, text), valid, caveat.practice(answer, text)]))
    sheet = handout.sheet(page, answer, text, told, warned if kind == "pdf" else None, qr(snapshot))
    if kind == "pdf":
        body = briefs.as_pdf(sheet, blocks, made_at)
    else:
        bodies = snapshots.to_parts(snapshot.page, answer, snapshot.code_version, snapshot.created_at, snapshot.terms)
        data = json.dumps({"id": snapshot.id, "content_hash": snapshot.content_hash, "parts": bodies})
        lines = [*banner(snapshot, text), valid, *filter(None, [caveat.practice(answer, text)])]
        body = standalone.as_html(sheet, blocks, lines, data)
    ends = snapshot.terms.expires_at.isoformat()
    return sealed.sealed(body, kind, snapshot.id, snapshot.content_hash, ends, keys, now)
