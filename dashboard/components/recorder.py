"""A page on paper: what its own `draw` says, heard without a browser and without a server."""

import html
import io
import json
import re
import threading
from collections.abc import Iterator, Sequence
from html.parser import HTMLParser
from typing import Any

import pyarrow as pa
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.runtime.fragment import MemoryFragmentStorage
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.pages_manager import PagesManager
from streamlit.runtime.scriptrunner_utils.script_run_context import ScriptRunContext, add_script_run_ctx
from streamlit.runtime.state import SafeSessionState, SessionState

from dashboard import briefs, flat_chart, flat_map
from dashboard.components import protected
from dashboard.disclosure import Answer
from dashboard.i18n import Text
from dashboard.page import Page
from dashboard.paper import Block, Figure, Heading, Legend, Listing, Mark, Placed, Prose, Run

COUNTRY_SHAPE = 0.78  # width of a map over its height, where it fills its column on a screen
WIDE_PX, NARROW_PX = 700.0, 345.0  # of a chart that has all of a page's width, or half of it
PAPER = "paper"  # the session of a page that is heard
# What stands for a map of our own component, which no one can mount without a server: its spec as escaped JSON.
MAP, END = '<data class="simanta-map">', "</data>"
MARKED = re.compile(r"\*\*(.+?)\*\*|`([^`]*)`|:[a-z]+-badge\[([^\]]*)\]|\\([!-/:-@\[-`{-~])")


def heard(page: Page, answer: Answer, text: Text) -> list[Placed]:
    """The blocks of a page in the order in which it draws them. Whatever its drawing raises is raised here."""
    messages = _messages(page, answer, text)
    shares = dict(_shares(messages))
    found = []
    for message in messages:
        if message.delta.WhichOneof("type") == "new_element":
            path = tuple(message.metadata.delta_path)
            share = _share(shares, path)
            found += [Placed(block, share) for block in _blocks(message.delta.new_element, share, answer, text)]
        elif message.delta.add_block.HasField("expandable"):
            title = Prose([_runs(f"**{message.delta.add_block.expandable.label}**")], False, False)
            found.append(Placed(title, 1.0))
    return found


def _messages(page: Page, answer: Answer, text: Text) -> list[ForwardMsg]:
    """What `draw` would send to a browser, from a thread of its own: the visitor's own page hears nothing of it."""
    messages: list[ForwardMsg] = []
    failed: list[BaseException] = []

    def run() -> None:
        context = ScriptRunContext(
            session_id=PAPER,
            _enqueue=messages.append,
            query_string="",
            session_state=SafeSessionState(SessionState(), lambda: None),
            uploaded_file_mgr=MemoryUploadedFileManager("/paper"),
            main_script_path="",
            user_info={},
            fragment_storage=MemoryFragmentStorage(),
            pages_manager=PagesManager(""),
        )
        add_script_run_ctx(None, context)
        try:
            protected.drawn(page, answer, text)
        except BaseException as error:  # noqa: BLE001  # it is raised again below, in the thread that asked
            failed.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    if failed:
        raise failed[0]
    messages.sort(key=lambda message: tuple(message.metadata.delta_path))
    return messages


def _shares(messages: Sequence[ForwardMsg]) -> Iterator[tuple[tuple[int, ...], float]]:
    """Columns by their place in the page: how much of their row's width they have."""
    for message in messages:
        if message.delta.WhichOneof("type") == "add_block" and message.delta.add_block.HasField("column"):
            yield tuple(message.metadata.delta_path), message.delta.add_block.column.weight


def _share(shares: dict[tuple[int, ...], float], path: tuple[int, ...]) -> float:
    share = 1.0
    for i in range(1, len(path)):
        share *= shares.get(path[:i], 1.0)
    return share


def _blocks(element: Any, share: float, answer: Answer, text: Text) -> list[Block]:
    """An element as blocks; what a person only touches (buttons, choices) has none."""
    kind = element.WhichOneof("type")
    said, named = getattr(element, kind), _namer(answer, text)
    if kind == "heading":
        return [Heading(_plain(said.body))]
    if kind == "markdown":
        return [_prose(said.body, said.element_type == said.Type.CAPTION)]
    if kind == "metric":
        return [Figure(_plain(said.label), _plain(said.body), _plain(said.delta))]
    if kind == "html" and said.body.startswith(MAP):
        told = json.loads(html.unescape(said.body.removeprefix(MAP).removesuffix(END)))
        size = COUNTRY_SHAPE * told["height"], float(told["height"])
        spec = {"layers": told["layers"], "initialViewState": flat_map.fitted(told["fit"], *size)}
        return [flat_map.drawn(spec, *size, named, told["alt"])]
    if kind == "html":
        return [Legend(_marks(said.body))]
    if kind in ("dataframe", "table"):
        return [_listing(said)]
    if kind == "alert":
        return [_prose(said.body, False)]
    if kind == "vega_lite_chart":
        return [flat_chart.drawn(_spec(said), WIDE_PX if share >= briefs.MUCH else NARROW_PX, text.language, said.alt)]
    return []


def _namer(answer: Answer, text: Text) -> flat_map.Named:
    name = answer.label(text.language)
    lists = {"adm2": "district", "x": "crossing"}

    def named(key: str) -> str | None:
        kind, code = key.split(":")
        if kind in lists:
            return name(lists[kind], code)
        return text("Bay of Bengal") if key == "sea:bay" else None

    return named


def _spec(chart: Any) -> dict[str, Any]:
    """The chart's own words and data together, as they were before Streamlit parted them."""
    spec: dict[str, Any] = json.loads(chart.spec)
    spec["datasets"] = {each.name: _rows(each.data.data) for each in chart.datasets}
    if chart.HasField("data"):
        spec["data"] = {"values": _rows(chart.data.data)}
    return spec


def _rows(data: bytes) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = pa.ipc.open_stream(io.BytesIO(data)).read_all().to_pylist()
    return rows


def _listing(frame: Any) -> Listing:
    table = pa.ipc.open_stream(io.BytesIO(frame.arrow_data.data)).read_all()
    own = [name for name in table.column_names if not name.startswith("__index_level_")]
    return Listing({name: [str(value) for value in table[name].to_pylist()] for name in own}, frame.alt)


def _prose(body: str, is_small: bool) -> Prose:
    lines = [line for line in body.split("\n") if line.strip()]
    is_list = all(line.startswith("- ") for line in lines)
    return Prose([_runs(line.removeprefix("- ") if is_list else line) for line in lines], is_small, is_list)


def _runs(line: str) -> list[Run]:
    """Bold and plain pieces of one line of Markdown as our pages write it."""
    runs: list[Run] = []
    at = 0
    for found in MARKED.finditer(line):
        bold, code, badge, escaped = found.groups()
        runs += [
            (line[at : found.start()], False),
            (next(filter(None, (bold, code, badge, escaped)), ""), bool(bold or badge)),
        ]
        at = found.end()
    return _joined([*runs, (line[at:], False)])


def _joined(runs: Sequence[Run]) -> list[Run]:
    """Without empty pieces, and neighbours of one kind as one, so that letters are set together."""
    joined: list[Run] = []
    for said, bold in runs:
        if joined and joined[-1][1] == bold:
            joined[-1] = (joined[-1][0] + said, bold)
        elif said:
            joined.append((said, bold))
    return joined


def _plain(body: str) -> str:
    return "".join(said for said, _ in _runs(body))


def _marks(body: str) -> list[Mark]:
    parser = _Marks()
    parser.feed(body)
    return [Mark(style, said.strip(), share) for style, said, share in parser.found if said.strip()]


class _Marks(HTMLParser):
    """Legends and bars of shares as `pictures.legend` and `caveat.strip` write them."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[dict[str, str], str, float | None]] = []
        self._share: float | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """A shape begins a mark; the words after it are its own."""
        written = (part.split(":", 1) for part in (dict(attrs).get("style") or "").split(";") if ":" in part)
        style = {name.strip(): value.strip() for name, value in written}
        if tag == "br":
            self.handle_data(" ")
        if "flex" in style:
            self._share = float(style["flex"].split()[0])
        if style.keys() & {"background", "border"} or style.get("width") == "0":
            self.found.append((style, "", self._share))

    def handle_data(self, data: str) -> None:
        """Words of the last mark."""
        if self.found:
            style, said, share = self.found[-1]
            self.found[-1] = (style, said + data, share)
