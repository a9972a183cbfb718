"""The site: the papers of this repository as they lie, read by Sphinx. Run: make site.

The source folder is the repository's root, so that every link in a paper means the same here and on the forge.
"""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
project = "Simanta"
project_copyright = "the authors of Simanta"
language = "en"
extensions = ["myst_parser"]
root_doc = "README"
include_patterns = ["*.md", "docs/**.md", "benchmarks/*.md", "data/*/README.md"]
exclude_patterns = [".venv", "build", "data/store*", "data/reference/source*", "static", "tests"]
myst_heading_anchors = 4
html_theme = "furo"
html_title = "Simanta"
html_copy_source = False
html_show_sphinx = False
highlight_language = "none"  # a block without a name is what a person types, or what a terminal answers

# Each heading of the menu, with its papers in the order in which they are read. `*` takes those that are named nowhere.
MENU = {
    "Begin": ["docs/tutorial"],
    "How to": [
        "docs/commander",
        "docs/planner",
        "docs/analyst",
        "docs/data-officer",
        "docs/administrator",
        "docs/shared-store",
        "docs/trainer",
        "docs/sharing",
        "docs/sizing",
        "docs/sheet",
    ],
    "Reference": [
        "docs/commands",
        "docs/configuration",
        "docs/filters",
        "docs/schema",
        "docs/methods",
        "docs/privacy",
        "docs/authorisation",
    ],
    "How it is built": ["docs/architecture", "docs/decisions/README", "CONTRIBUTING", "SECURITY", "CHANGELOG"],
    "What was measured": ["benchmarks/README", "benchmarks/*"],
    "More": ["docs/*", "docs/screenshots/*", "data/*/README"],
}
TREE = """
```{{toctree}}
:hidden:
:glob:
:caption: {caption}

{papers}
```
"""


def _complete(app, docname, source):
    """Gives the front page its menu, and the list of decisions theirs."""
    if docname == root_doc:
        source[0] += "".join(TREE.format(caption=name, papers="\n".join(papers)) for name, papers in MENU.items())
    if docname == "docs/decisions/README":
        source[0] += TREE.format(caption="Decisions", papers="0*")


FRONT = """<!doctype html><meta charset="utf-8"><title>Simanta</title>
<meta http-equiv="refresh" content="0; url=README.html"><a href="README.html">Simanta</a>
"""


def _open_at_the_front_page(app, fault):
    """A server opens index.html; the front page is README.html, as on the forge."""
    if fault is None:
        (Path(app.outdir) / "index.html").write_text(FRONT, encoding="utf-8")


def setup(app):
    """What Sphinx calls first."""
    app.connect("source-read", _complete)
    app.connect("build-finished", _open_at_the_front_page)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
