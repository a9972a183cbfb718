"""A map in its frame: our own component, which fits it to any width and tells what was chosen on it."""

import gzip
import html
import json
from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st
from streamlit.components.v2.get_bidi_component_manager import get_bidi_component_manager
from streamlit.components.v2.manifest_scanner import ComponentConfig, ComponentManifest

from dashboard import session
from dashboard.i18n import N_, Text
from dashboard.layers import Map
from dashboard.settings import ROOT

COMPONENT = "simanta.map"
ASSETS = "static/deck"
WORDS = {
    "home": N_("Show all"),
    "closer": N_("Closer"),
    "farther": N_("Farther"),
    "layers": N_("Layers"),
}
PLAYER = {
    "player": N_("Playback"),
    "play": N_("Play"),
    "pause": N_("Pause"),
    "back": N_("One step back"),
    "on": N_("One step on"),
    "frame": N_("Shown now"),
    "speed": N_("Speed"),
    "from": N_("From"),
    "to": N_("to"),
    "still": N_("Your system asks for less motion: it goes on step by step."),
}
SPEEDS = (0.5, 1, 2, 4)
Frames = Sequence[Mapping[str, str]]


def show(drawn: Map, text: Text, alt: str, height_px: int, key: str) -> None:
    """A map; a click on what is drawn of our data chooses it, a click beside it chooses nothing."""
    if session.is_on_paper():
        spec = json.dumps(_spec(drawn, text, alt, height_px), ensure_ascii=False)
        st.html(f'<data class="simanta-map">{html.escape(spec)}</data>')
        return
    told = _spec(drawn, text, alt, height_px) | {"chosen": session.chosen_place(), "chooses": True}
    _mount(told, key, height=height_px, on_picked_change=lambda: session.choose_place(st.session_state[key]["picked"]))


def play(drawn: Map, frames: Frames, first: int, text: Text, alt: str, height_px: int, key: str) -> str | None:
    """A map that plays frames (key, name, note); the key of the one at which it stands, None before it was moved.

    first: where the range that is played begins; it stands at the last. All data is sent once.
    """
    if session.is_on_paper():
        return None  # what moves has no picture on paper; the tables below it have all of it
    player = {name: text(words) for name, words in PLAYER.items()}
    told = _spec(drawn, text, alt, height_px) | {"chosen": session.chosen_place(), "chooses": True}
    told["words"] |= player | {"speeds": ["×" + text.number(each) for each in SPEEDS]}
    told |= {"frames": frames, "first": first, "begin": len(frames) - 1}

    def chosen() -> None:
        if st.session_state[key].get("picked") is not None:
            session.choose_place(st.session_state[key]["picked"])

    state = _mount(told, key, on_picked_change=chosen, on_frame_change=lambda: None)
    frame: str | None = state.get("frame")
    return frame if frame in {each["key"] for each in frames} else None


def standing(key: str) -> str | None:
    """The frame at which a playback of this key stood before this run."""
    state = st.session_state.get(key) or {}
    frame: str | None = state.get("frame")
    return frame


def _spec(drawn: Map, text: Text, alt: str, height_px: int) -> dict[str, Any]:
    return {
        "layers": drawn.layers,
        "fit": drawn.fit,
        "groups": [{"name": text(name), "layers": ids} for name, ids in drawn.groups()],
        "words": {name: text(words) for name, words in WORDS.items()},
        "alt": alt,
        "height": height_px,
    }


def _mount(told: dict[str, Any], key: str, **changes: Any) -> Any:
    """The component with its data as gzipped JSON: a tenth of what Streamlit would send, and no work to compare it."""
    _declare()
    component = st.components.v2.component(COMPONENT, js="map.js", css="map.css")
    packed = json.dumps(told, separators=(",", ":"), ensure_ascii=False).encode()
    return component(key=key, data=gzip.compress(packed, 1, mtime=0), **changes)


def _declare() -> None:
    """Says where the component's files lie. Streamlit itself looks for that in installed packages alone.

    From a file they pass our content security policy; a script in a string would be run from a blob, which it forbids.
    """
    manager = get_bidi_component_manager()
    if manager.get_component_asset_root(COMPONENT) is None:
        package, name = COMPONENT.split(".")
        manager.register_from_manifest(ComponentManifest(package, "1", [ComponentConfig(name, ASSETS)]), ROOT)
