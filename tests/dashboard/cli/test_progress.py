"""The bar: shown to a person, told by rows over all files, and silent where output is piped."""

import io

from rich.console import Console

from dashboard.cli.progress import estimated_rows, following


def test_rows_are_estimated_by_the_lines_at_the_beginning(tmp_path):
    small, large, book = tmp_path / "a.csv", tmp_path / "b.csv", tmp_path / "c.xlsx"
    small.write_text("h\n" + "row\n" * 10)
    large.write_text("h" * 49 + "\n" + ("x" * 49 + "\n") * 100_000)  # 5 MB, of which the first is looked at
    book.write_bytes(b"PK\x03\x04" + b"\n" * 100)
    assert estimated_rows([small]) == 10
    assert abs(estimated_rows([small, large]) - 100_010) < 100
    assert estimated_rows([small, book]) is None
    assert estimated_rows([tmp_path / "none.csv"]) is None


def shown(is_shown, tmp_path):
    (tmp_path / "a.csv").write_text("h\n" + "row\n" * 10)
    screen = io.StringIO()
    console = Console(file=screen, force_terminal=True, width=100)
    with following(console, [tmp_path / "a.csv"], is_shown) as follow:
        for stage, rows in (("read", 5), ("read", 10), ("judge", 10), ("publish", 10)):
            follow(stage, rows)
    return screen.getvalue()


def test_a_person_sees_stage_and_rows_and_a_pipe_nothing(tmp_path):
    told = shown(True, tmp_path)
    assert "publishing" in told
    assert "10 rows" in told
    assert shown(False, tmp_path).strip() == ""
