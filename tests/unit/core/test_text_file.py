from collections.abc import Sequence
from pathlib import Path

import pytest

from ochre_tui.core.errors import UsageError
from ochre_tui.core.text_file import NotTextError, csv_rows, read_csv_text, read_text, shown_errors


def rows(text: str, delimiter: str = ",") -> tuple[list[tuple[int, dict[str, str]]], list[str]]:
    errors: list[str] = []

    def check_header(header: Sequence[str]) -> str | None:
        return None if "id" in map(str.casefold, header) else f"no id among {len(header)} columns"

    return list(csv_rows(text, check_header, errors, delimiter=delimiter)), errors


def test_a_byte_order_mark_is_no_text(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"\xef\xbb\xbfid\r\n")
    assert read_text(path) == "id\r\n"


@pytest.mark.parametrize(
    ("content", "error"),
    [
        pytest.param(b"ab\xff", r"is not UTF-8 text \(byte 2\)", id="bytes"),
        pytest.param(bytes(16 * 2**20 + 1), "is larger than 16 MB", id="large"),
    ],
)
def test_what_is_no_text_says_why(content: bytes, error: str, tmp_path: Path) -> None:
    path = tmp_path / "file.csv"
    path.write_bytes(content)
    with pytest.raises(NotTextError, match=error):
        read_text(path)
    with pytest.raises(UsageError, match=rf"file\.csv {error}"):
        read_csv_text(path)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"nowhere\.csv can't be read: No such file"):
        read_csv_text(tmp_path / "nowhere.csv")


def test_rows_come_by_column_with_the_line_they_start_on() -> None:
    text = '\nID, Name\n1,"two\nlines"\n , \n2, x\n'
    assert rows(text) == ([(3, {"id": "1", "name": "two\nlines"}), (6, {"id": "2", "name": " x"})], [])
    assert rows("id;name\n1;x\n", ";")[0] == [(2, {"id": "1", "name": "x"})]


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("", "line 1: no id among 0 columns"),
        ("\nname\nx\n", "line 2: no id among 1 columns"),
        ("id,name\n1\n2,x\n", "line 2: 1 values where 2 belong"),
        ('id\n1\n"2\n', "line 3: unexpected end of data"),
    ],
)
def test_what_is_wrong_is_said_with_its_line(text: str, error: str) -> None:
    assert rows(text)[1] == [error]


def test_of_many_errors_twenty_are_shown() -> None:
    assert shown_errors(["a", "b"]) == "a; b"
    assert shown_errors([str(number) for number in range(25)]).endswith("; 18; 19; and 5 more")
