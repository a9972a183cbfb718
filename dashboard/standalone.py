"""A page's blocks as one HTML file that opens anywhere: no script, no request, its letters inside it."""

import base64
import html
import re
import zlib
from collections.abc import Sequence
from functools import cache

from dashboard.briefs import FONTS, Sheet
from dashboard.paper import Block, Figure, Heading, Legend, Listing, Mark, Picture, Placed, Prose, Run, Word

FACES = {
    "inter-latin-wght-normal": "U+0000-00FF,U+2000-206F,U+2212",
    "noto-sans-bengali-bengali-wght-normal": "U+0964-0965,U+0980-09FF,U+200C-200D",
}
STYLE = """
:root{color:#16232E;background:#fff;font:15px/1.5 Simanta,sans-serif}
body{max-width:60rem;margin:0 auto;padding:1rem}
h1{font-size:1.35rem;line-height:1.3;margin:.6rem 0}h2{font-size:1rem;margin:1.2rem 0 .3rem}
p{margin:.3rem 0}.small{font-size:.85rem;color:#55636E}.banner{background:#FAE5B5;padding:.6rem .8rem;border-radius:4px}
.figures{display:flex;flex-wrap:wrap;gap:.6rem;margin:.6rem 0}
.figures div{flex:1 1 9rem;border:1px solid #D3D9DA;border-radius:4px;padding:.5rem .7rem}
.figures b{display:block;font-size:1.5rem;line-height:1.2}
figure{margin:.5rem 0;overflow-x:auto}svg{max-width:100%;height:auto}
.scroll{overflow-x:auto}table{border-collapse:collapse;font-size:.85rem;margin:.3rem 0}
th,td{text-align:left;padding:.2rem .6rem .2rem .2rem;border-bottom:1px solid #D3D9DA;vertical-align:top}
th{color:#55636E}.legend span{display:inline-block;margin-right:.9rem;font-size:.8rem}
.legend i{display:inline-block;margin-right:.3rem;vertical-align:middle}.strip{display:flex;gap:2px;font-size:.8rem}
code{overflow-wrap:anywhere;font-size:.8rem;font-family:Simanta,monospace}.qr{float:right;width:7rem;margin-left:1rem}
"""
POLICY = "default-src 'none'; style-src 'unsafe-inline'; font-src data:; img-src data:"
ANCHOR = {"left": "start", "center": "middle", "right": "end"}


def as_html(sheet: Sheet, blocks: Sequence[Placed], banner: Sequence[str], data: str) -> bytes:
    """The whole file. banner: lines on top; data: the frozen content as JSON, for programs."""
    body = [
        f'<div class="banner">{"".join(f"<p>{_text(line)}</p>" for line in banner)}</div>',
        f'<p class="small">Simanta · {_text(sheet.title)}</p><p class="small">{_text(sheet.filters)}</p>',
        f'<p class="banner">{_text(sheet.warned)}</p>' if sheet.warned else "",
        *_blocks([placed.block for placed in blocks]),
        f"<h2>{_text(sheet.notes_title)}</h2>{_notes(sheet)}",
        f'<div class="qr">{sheet.qr}</div>' if sheet.qr else "",
        *(f'<p class="small"><code>{_text(line)}</code></p>' for line in sheet.told),
        f'<p class="small">{_text(sheet.foot)}</p>',
    ]
    # A block of data is never run; without the sign that ends a tag nothing in it can end it.
    packed = data.replace("<", "\\u003c")
    page = (
        f'<!doctype html>\n<html lang="{sheet.language}"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}"><meta name="referrer" content="no-referrer">'
        f'<meta name="viewport" content="width=device-width"><title>Simanta · {_text(sheet.title)}</title>'
        f"<style>{_faces()}{STYLE}</style></head><body><main>{''.join(body)}</main>"
        f'<script type="application/json" id="simanta-snapshot">{packed}</script></body></html>'
    )
    return page.encode()


@cache
def _faces() -> str:
    return "".join(
        f"@font-face{{font-family:Simanta;font-weight:100 900;unicode-range:{letters};"
        f"src:url(data:font/woff2;base64,{base64.b64encode((FONTS / f'{name}.woff2').read_bytes()).decode()})}}"
        for name, letters in FACES.items()
    )


def _blocks(blocks: Sequence[Block]) -> list[str]:
    """Key figures that follow one another stand in one row."""
    made: list[str] = []
    for i, block in enumerate(blocks):
        if isinstance(block, Figure):
            is_first = i == 0 or not isinstance(blocks[i - 1], Figure)
            is_last = i + 1 == len(blocks) or not isinstance(blocks[i + 1], Figure)
            made.append(('<div class="figures">' if is_first else "") + _figure(block) + ("</div>" if is_last else ""))
        else:
            made.append(_block(block))
    return made


def _block(block: Block) -> str:
    if isinstance(block, Heading):
        return f"<h1>{_text(block.said)}</h1>"
    if isinstance(block, Prose):
        return _prose(block)
    if isinstance(block, Listing):
        return _table(block)
    if isinstance(block, Legend):
        return _legend(block)
    return _picture(block) if isinstance(block, Picture) else ""


def _text(said: str | None) -> str:
    return html.escape(said or "")


def _figure(block: Figure) -> str:
    return f"<div>{_text(block.name)}<b>{_text(block.figure)}</b>{_text(block.note)}</div>"


def _prose(block: Prose) -> str:
    lines = ["".join(_run(run) for run in line) for line in block.lines]
    if block.is_title:
        return f"<h2>{''.join(_text(said) for said, _ in block.lines[0])}</h2>"
    if block.is_list:
        return f"<ul>{''.join(f'<li>{line}</li>' for line in lines)}</ul>"
    return "".join(f"<p{' class=small' if block.is_small else ''}>{line}</p>" for line in lines)


def _run(run: Run) -> str:
    said, is_bold = run
    return f"<strong>{_text(said)}</strong>" if is_bold else _text(said)


def _table(block: Listing) -> str:
    heads = "".join(f'<th scope="col">{_text(head)}</th>' for head in block.columns)
    rows = "".join(
        f"<tr>{''.join(f'<td>{_text(cell)}</td>' for cell in row)}</tr>"
        for row in zip(*block.columns.values(), strict=True)
    )
    return (
        f'<div class="scroll" tabindex="0" role="region" aria-label="{_text(block.alt)}"><table><thead><tr>{heads}'
        f"</tr></thead><tbody>{rows}</tbody></table></div>"
    )


def _notes(sheet: Sheet) -> str:
    rows = "".join(
        f"<tr><th scope=row>{_text(name)}</th><td>{_text(means)} {_text(limit)}</td></tr>"
        for name, means, limit in sheet.notes
    )
    return f'<div class="scroll"><table>{rows}</table></div>'


def _legend(block: Legend) -> str:
    if block.marks and block.marks[0].share is not None:
        return f'<div class="strip">{"".join(_share(mark) for mark in block.marks)}</div>'
    return f'<p class="legend">{"".join(f"<span>{_shape(mark)}{_text(mark.said)}</span>" for mark in block.marks)}</p>'


def _shape(mark: Mark) -> str:
    style = ";".join(f"{name}:{value}" for name, value in mark.style.items() if name in SHAPED)
    return f'<i style="{_text(style)}"></i>'


SHAPED = ("width", "height", "background", "border", "border-radius")


def _share(mark: Mark) -> str:
    colour = _text(mark.style.get("background", ""))
    bar = f'<div style="background:{colour};height:14px"></div>'
    return f'<div style="flex:{mark.share} 1 0">{bar}{_text(mark.said)}</div>'


def _picture(block: Picture) -> str:
    """The shapes with their words set back in: a browser shapes Bangla in an SVG as it should be."""
    words = "".join(_word(word, halo) for word in block.words for halo in ((True, False) if word.halo else (False,)))
    own = f"p{zlib.crc32(block.svg.encode())}-"  # names in one picture are not those in another
    named = re.sub(r'(\bid="|url\(#|href="#)', lambda found: found[0] + own, block.svg)
    svg = named.rsplit("</svg>", 1)[0] + f'<g font-family="Simanta,sans-serif">{words}</g></svg>'
    return f'<figure role="img" aria-label="{_text(block.alt)}">{svg}</figure>'


def _word(word: Word, is_halo: bool) -> str:
    line = f' stroke="{word.halo}" stroke-width="3" stroke-linejoin="round"' if is_halo else ""
    turn = f' transform="rotate({word.turned:g} {word.x:.1f} {word.y:.1f})"' if word.turned else ""
    return (
        f'<text x="{word.x:.1f}" y="{word.y:.1f}" text-anchor="{ANCHOR[word.align]}" font-size="{word.size_px:g}" '
        f'font-weight="{word.weight}" fill="{_text(word.colour)}"{line}{turn}>{_text(word.said)}</text>'
    )
