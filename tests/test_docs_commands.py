"""Every command in the papers: read by the command line as it is written, and done where one machine can do it."""

import io
import re
import shlex
import shutil
import sys
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

import openpyxl
import pytest
import typer
from typer.main import get_command

from dashboard.cli import commands, main
from dashboard.settings import settings

ROOT = Path(__file__).resolve().parents[1]
PAPERS = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "SECURITY.md", *sorted((ROOT / "docs").rglob("*.md"))]
PAPERS += sorted((ROOT / "benchmarks").glob("*.md")) + sorted((ROOT / "data").glob("*/README.md"))
FENCE = re.compile(r"^```\w*\n(.*?)^```", re.MULTILINE | re.DOTALL)
# What is answered may begin with name and version: that is no command.
TYPED = re.compile(r"(?:[A-Z_]+=\S+ )?(?:ExecStart=)?(?:\S*/)?(simanta|make) (?!\d)(.+)", re.DOTALL)
PROGRAM = get_command(commands())
WRONGLY_TYPED = typer.BadParameter.__base__  # of every refusal to read words; typer has no name for it
# What a paper writes where a person writes something of their own, and a value that stands for it while it is read.
BLANKS = {"N": "1", "VERSION": "1", "COMMAND": "check", "CODE": "police"}
MADE = re.compile(r"^([a-z-]+):.*##", re.MULTILINE)


def typed(paper):
    """Each command of a paper as its words, and whether it stands in a block to be typed or in a sentence."""
    told = paper.read_text(encoding="utf-8")
    lines = [(line.strip(), True) for block in FENCE.findall(told) for line in block.splitlines()]
    lines += [(code.replace("\n", " "), False) for code in re.findall(r"`([^`]+)`", FENCE.sub("", told))]
    found = [(TYPED.fullmatch(line), is_whole) for line, is_whole in lines]
    return [((match[1], *shlex.split(match[2], comments=True)), is_whole) for match, is_whole in found if match]


def refused(words, is_whole):
    """Why the command line does not take these words; None where it does. In a sentence a command may be cut short."""
    command, rest = PROGRAM, [BLANKS.get(word, word) for word in before_the_shell(words) if word != "…"]
    while rest and rest[0] in getattr(command, "commands", {}):
        command, rest = command.commands[rest[0]], rest[1:]
    if getattr(command, "commands", {}) and rest and not rest[0].startswith("-"):
        return f"no command {rest[0]}"
    try:
        command.make_context(command.name, [word for word in rest if word != "--help"])
    except typer.Exit:  # one that only says something, such as --version
        return None
    except WRONGLY_TYPED as error:
        is_cut_short = not is_whole and type(error).__name__ in {"MissingParameter", "NoArgsIsHelpError"}
        is_taken = is_cut_short or str(error).endswith("does not exist.")  # a file that the reader has
        return None if is_taken else f"{type(error).__name__} {error}"


def before_the_shell(words):
    """The words that the program itself is given: none from a redirection on."""
    return words[: next((at for at, word in enumerate(words) if word in {">", ">>", "|", "&&"}), len(words))]


@pytest.mark.parametrize("paper", PAPERS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_every_command_of_a_paper_is_one_that_there_is(paper):
    asked = [(words, refused(words[1:], is_whole)) for words, is_whole in typed(paper) if words[0] == "simanta"]
    assert [(shlex.join(words), why) for words, why in asked if why] == []
    targets = set(MADE.findall((ROOT / "Makefile").read_text(encoding="utf-8")))
    wanted = {word for words, _ in typed(paper) if words[0] == "make" for word in words[1:] if "=" not in word}
    assert wanted - targets == set()


@pytest.mark.parametrize("words", [("lode", "x.csv"), ("load",), ("hotspots", "--distrikt", "x"), ("rollback", "two")])
def test_a_command_that_there_is_not_is_found(words):
    assert refused(words, is_whole=True)


def simanta(*words):
    """What the command answered, on either channel, and its exit code; in this process, which has its libraries."""
    answer, talk, before = io.StringIO(), io.StringIO(), sys.argv
    sys.argv, code = ["simanta", *words], 0
    try:
        with redirect_stdout(answer), redirect_stderr(talk):
            main()
    except SystemExit as ended:
        code = int(ended.code or 0)
    finally:
        sys.argv = before
    return code, answer.getvalue(), talk.getvalue()


def shell(words):
    """The same with `>` or `>>` to a file, as a paper writes it."""
    own = before_the_shell(words)
    code, answer, talk = simanta(*own[1:])
    if len(own) < len(words):
        with Path(words[-1]).open("a" if words[-2] == ">>" else "w", encoding="utf-8") as file:
            file.write(answer)
    return code, answer, talk


@pytest.fixture
def desk(tmp_path, monkeypatch):
    """A folder to type in, whose store is the configured one."""
    monkeypatch.setenv("SIMANTA_STORE", str(tmp_path / "store"))
    monkeypatch.chdir(tmp_path)
    settings.cache_clear()
    yield tmp_path
    settings.cache_clear()


def recipe(target):
    """What `make target` types, command by command."""
    lines = (ROOT / "Makefile").read_text(encoding="utf-8").split(f"\n{target}:")[1].split("\n\n")[0].splitlines()[1:]
    return [("simanta", *line.split("/simanta ")[1].split()) for line in lines]


@pytest.mark.slow
def test_the_tutorial_can_be_followed_to_its_end(desk):
    paper = ROOT / "docs" / "tutorial.md"
    sheet = next(block for block in FENCE.findall(paper.read_text(encoding="utf-8")) if "source_ref," in block)
    (desk / "march.csv").write_text(sheet, encoding="utf-8")
    assert recipe("run") == [("simanta", "demo", "--if-empty"), ("simanta", "serve")]
    steps = [words for words, is_whole in typed(paper) if is_whole]
    assert steps[0] == ("make", "run")
    told, made = {}, ""
    for words in (("simanta", "demo", "--if-empty"), *steps[1:]):
        if words == ("simanta", "load", "to_correct.xlsx"):
            correct(desk / "to_correct.xlsx")
        code, answer, talk = shell([made if word == "ID" else word for word in words])
        assert code == 0, (words, talk)
        told[shlex.join(words)] = answer + talk
        made = talk.split()[0].removeprefix("/s/") if words[1:3] == ("snapshot", "create") else made
    said = "3 rows in = 2 loaded + 0 unchanged + 0 superseded + 0 duplicate + 1 quarantined"
    assert said in next(answer for line, answer in told.items() if "--receipt" in line)
    assert said in paper.read_text(encoding="utf-8")
    assert "corrected in version 3" in told["simanta quarantine list"]
    assert "intact" in told["simanta snapshot verify view.html --key hq.txt"]
    view = (desk / "view.html").read_bytes()
    (desk / "view.html").write_bytes(view.replace(b"2026", b"2025", 1))
    assert simanta("snapshot", "verify", "view.html", "--key", "hq.txt")[0] == 1


def correct(workbook):
    """Writes the day that the tutorial names into the cell at fault."""
    book = openpyxl.load_workbook(workbook)
    header, row = list(book.worksheets[0].iter_rows(min_row=1, max_row=2))
    next(cell for name, cell in zip(header, row, strict=True) if name.value == "date_start").value = "2026-02-28"
    book.save(workbook)


# What a guide's commands are done with. Two rows that are refused, the record that is erased, another agency's columns.
SHEET = """source_ref,event_type,date_start,adm2
{name}-1,interception_inland,2026-03-02,BD4041
{name}-2,interception_inland,2026-02-31,BD4041
{name}-3,interception_inland,2026-02-30,BD4041
"""
RANGE = """Sl No,Ref No,Date of Incident,ঘটনার ধরন,Place,District,Lat,Long,Location Source,Total
1,R-1,22-03-2026,উদ্ধার,Benapole,Jashore,23.04,88.9,GPS,2
"""
VALUES = {"42": "2", "Q7-12": "Q2-1", "Q7-13": "Q2-2", "/media/usb/anchors.txt": "anchors.txt", **BLANKS}
GUIDES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
GUIDES = [paper for paper in GUIDES if paper.stem != "tutorial" and any(w[0] == "simanta" for w, _ in typed(paper))]
GUIDES.sort(key=lambda paper: paper.stem == "commands")  # last: of it only what no guide shows is done
# It does not end: tests/e2e; it lasts: tests/dashboard/cli/test_practice.py; it asks for a passphrase: test_backup.py.
TRIED_ELSEWHERE = {"encrypt", "serve", "practice", "backup", "restore", "store"}
DONE = {("simanta", "demo", "--if-empty"): "demo"}  # by an earlier guide or the tutorial: once is enough


@pytest.fixture(scope="module")
def equipped(sample_store, tmp_path_factory):
    """The sample's store with a second version, a snapshot, and the files that guides name."""
    folder = tmp_path_factory.mktemp("equipped")
    for name in ("store", "store.keys"):
        shutil.copytree(sample_store.with_name(name), folder / name)
    (folder / "patrol_mar.csv").write_text(SHEET.format(name="mar"), encoding="utf-8")
    write_book(folder / "patrol_feb.xlsx", SHEET.format(name="feb"), "Sheet")
    write_book(folder / "range_march.xlsx", RANGE, "Incidents")
    told = (ROOT / "docs" / "data-officer.md").read_text(encoding="utf-8")
    mapping = next(block for block in FENCE.findall(told) if 'name = "northern_range"' in block)
    (folder / "northern_range.toml").write_text(mapping, encoding="utf-8")
    (folder / "before.csv").write_text(SHEET.format(name="x").replace("x-1", "GD-114/2026"), encoding="utf-8")
    store = ("--store", str(folder / "store"))
    assert simanta("load", str(folder / "before.csv"), *store)[0] == 0
    made = [simanta("snapshot", "create", *store)[2].split()[0].removeprefix("/s/") for _ in range(2)]
    assert simanta("snapshot", "show", made[0], "--out", str(folder / "view.pdf"), *store)[0] == 0
    (folder / "hq.txt").write_text(simanta("snapshot", "key", *store)[1], encoding="utf-8")
    (folder / "anchors.txt").write_text(simanta("audit", "anchor", *store)[1], encoding="utf-8")
    return folder, made


def write_book(file, rows, sheet):
    """A workbook of one sheet, from lines with commas."""
    book = openpyxl.Workbook()
    book.active.title = sheet
    for line in rows.splitlines():
        book.active.append(line.split(","))
    book.save(file)


@pytest.mark.slow
@pytest.mark.parametrize("paper", GUIDES, ids=lambda path: path.stem)
def test_the_commands_of_a_guide_can_be_typed(paper, equipped, desk):
    folder, made = equipped
    shutil.copytree(folder, desk, dirs_exist_ok=True)
    told = [words for words, is_whole in typed(paper) if words[0] == "simanta" and not cut_short(words, is_whole)]
    failed = []
    for words in dict.fromkeys(told):
        if (
            words[1] in TRIED_ELSEWHERE
            or words in DONE
            or (paper.stem == "commands" and name_of(words) in DONE.values())
        ):
            continue
        code, _, talk = shell([filled(word, words, made) for word in words])
        failed += [(shlex.join(words), code, talk)] if code else []
    DONE.update({words: name_of(words) for words in told})
    assert failed == []


def name_of(words):
    """The command without what it is given: `load`, `snapshot show`."""
    return " ".join(words[1:3] if hasattr(PROGRAM.commands.get(words[1]), "commands") else words[1:2])


def cut_short(words, is_whole):
    """Whether a sentence names a command without all that it needs."""
    return not is_whole and refused(words[1:], is_whole=True) is not None


def filled(word, words, made):
    """A word with what a person would have written in its place."""
    if word == "FILE":
        is_of_an_agency = {"--mapping", "--propose-mapping"} & set(words)
        return "out.xlsx" if "--out" in words else f"{'range_march' if is_of_an_agency else 'patrol_feb'}.xlsx"
    if word == "ID":
        return made["revoke" in words]  # what was taken back is not compared any more
    return VALUES.get(word, word)
