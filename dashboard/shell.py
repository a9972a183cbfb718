"""The document that a browser opens first, ours over Streamlit's: its language, its title, Streamlit's own words."""

import json
import re
from collections.abc import Iterable
from pathlib import Path

from dashboard.i18n import N_, Text, catalogue, languages

SCRIPT = Path(__file__).with_suffix(".js")  # keeps the document in the language of its address
STYLE = SCRIPT.with_name("document.css")  # what Streamlit would cut on a screen, and how a page is printed
NO_SCRIPT = N_("Simanta needs JavaScript.")
STREAMLITS = (  # {} stands for any words: a code, a name, a number
    N_("All"),
    N_("App pages"),
    N_("Autosize"),
    N_("Choose an option"),
    N_("Clear all"),
    N_("Clear selection"),
    N_("Clear value"),
    N_("Close fullscreen"),
    N_("Close Search"),
    N_("Connecting"),
    N_("Connection error"),
    N_("Copied"),
    N_("Copy column name"),
    N_("Copy to clipboard"),
    N_("Copy Vega-Lite spec"),
    N_("Dataframe column menu"),
    N_("Decrement"),
    N_("Download as CSV"),
    N_("Download as PNG"),
    N_("Exit fullscreen"),
    N_("Format"),
    N_("Fullscreen"),
    N_("Hide column"),
    N_("Increment"),
    N_("Link to heading"),
    N_("Loading..."),
    N_("Logo"),
    N_("Main menu"),
    N_("Multiselect options"),
    N_("Navigate to home page"),
    N_("Next month"),
    N_("Next Result"),
    N_("No options"),
    N_("No results"),
    N_("Open"),
    N_("Page not found"),
    N_("Pin column"),
    N_("Press Enter to apply"),
    N_("Previous month"),
    N_("Previous Result"),
    N_("Remove {}"),
    N_("more"),
    N_("{} more"),
    N_("Running..."),
    N_("Search"),
    N_("Select all"),
    N_("Selectbox options"),
    N_("Selected values"),
    N_("Show chart"),
    N_("Show data"),
    N_("Show/hide columns"),
    N_("Skip to main content"),
    N_("Sort ascending"),
    N_("Sort descending"),
    N_("Statistics"),
    N_("Stop"),
    N_("Type to search"),
    N_("Unpin column"),
)
# Elements that nearly every page has. Streamlit fetches the parts of each when it first meets one, some seventy files
# at the moment in which all is drawn; asked for once its frame stands, they come while the server works the page out.
ELEMENTS = ("Button", "ButtonGroup", "DataFrame", "BidiComponent", "Html", "Selectbox", "PageLink")
# Of Streamlit's own buttons, those that take figures along past rounding and audit; ours stand under the page.
NOT_OFFERED = ("Download as CSV", "Download as PNG", "Copy Vega-Lite spec")


def document(streamlits: str, language: str, ahead: Iterable[str] = ()) -> str:
    """Streamlit's index.html in a language: `lang`, title, a word to those without JavaScript, print and our script.

    ahead: scripts to be fetched once it stands (`parts_of`).
    """
    other = {code: catalogue(code) for code in languages() if code != "en"}
    told = {
        "language": language,
        "names": languages(),
        "ahead": list(ahead),
        "words": {code: {word: known[word] for word in STREAMLITS if word in known} for code, known in other.items()},
    }
    ours = (
        f'<script type="application/json" id="simanta">{json.dumps(told, ensure_ascii=True)}</script>\n'
        f"    <style>{STYLE.read_text(encoding='utf-8')}{_not_offered()}</style>\n"
        '    <script defer src="./shell.js"></script>\n'
        "  </head>"
    )
    page = re.sub(r'<html lang="[^"]*">', f'<html lang="{language}">', streamlits, count=1)
    page = re.sub(r"<title>.*?</title>", "<title>Simanta</title>", page, count=1)
    needs = " ".join(f'<span lang="{code}">{Text(code)(NO_SCRIPT)}</span>' for code in languages())
    page = re.sub(r"<noscript>.*?</noscript>", f"<noscript><p>{needs}</p></noscript>", page, count=1, flags=re.DOTALL)
    return page.replace("</head>", ours, 1)


def parts_of(main_script: str, streamlits: str) -> tuple[str, ...]:
    """Names of the scripts of ELEMENTS that the document does not ask for: those that Streamlit's main script lists.

    An element that a newer Streamlit names or lists in another way is left to Streamlit, as without us.
    """
    listed = re.search(r"m\.f=\[(.*?)\]", main_script)
    names = [each.removeprefix("./") for each in re.findall(r'"([^"]+)"', listed[1])] if listed else []
    asked = re.compile(r"import\([`\"']\./(\w+)\.[^)]*\)[^,]*,__vite__mapDeps\(\[([\d,]*)\]")
    found = {name: [names[int(at)] for at in parts.split(",")] for name, parts in asked.findall(main_script)}
    parts = dict.fromkeys(part for element in ELEMENTS for part in found.get(element, ()))
    return tuple(part for part in parts if part.endswith(".js") and part not in streamlits)


def _not_offered() -> str:
    """The rule that hides these buttons, by the name that each has in each language."""
    names = (Text(code)(word) for code in languages() for word in NOT_OFFERED)
    buttons = ", ".join(f'[data-testid="stElementToolbarButton"]:has([aria-label^="{name}"])' for name in names)
    return f"{buttons} {{ display: none !important; }}\n"
