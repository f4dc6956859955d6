"""Reading real-world CSV files, with byte order marks, quotes and separators of all kinds."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runcomfy_desktop.domain.base.problem import Problem
from runcomfy_desktop.domain.sweeps.csv_table import MAX_BYTES, MAX_COLUMNS, parse_csv
from runcomfy_desktop.domain.sweeps.sweep import MAX_CELLS


def title(data: bytes) -> str:
    with pytest.raises(Problem) as caught:
        parse_csv(data)
    return caught.value.title


@pytest.mark.parametrize("mark", ["", "\ufeff"])
@pytest.mark.parametrize("sign", [",", ";", "\t", "|"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_signs_marks_and_line_ends_are_found_out(mark: str, sign: str, end: str) -> None:
    lines = [sign.join(each) for each in (("prompt", "cfg"), ("a fox", "4"), ("a hen", "7.5"))]
    table = parse_csv((mark + end.join(lines)).encode())
    assert table.columns == ("prompt", "cfg")
    assert table.rows == (("a fox", "4"), ("a hen", "7.5"))


def test_what_a_spreadsheet_saves_in_two_bytes_a_letter_is_read() -> None:
    assert parse_csv("prompt\tcfg\r\nÄpfel\t4\r\n".encode("utf-16")).rows == (("Äpfel", "4"),)


def test_quotes_keep_signs_and_lines_together() -> None:
    data = b'prompt,cfg\n"a fox, red; and\nquick ""one""",4\n'
    assert parse_csv(data).rows == (('a fox, red; and\nquick "one"', "4"),)


def test_semicolons_win_where_commas_are_decimal() -> None:
    assert parse_csv(b"prompt;cfg\na, b, c;0,5\nd;1,5\n").rows == (
        ("a, b, c", "0,5"),
        ("d", "1,5"),
    )


@pytest.mark.parametrize(("name", "sign"), [("sep=;", ";"), ("SEP=,", ","), ("sep=\t", "\t")])
def test_the_line_with_which_excel_names_the_sign_is_no_row(name: str, sign: str) -> None:
    text = f"{name}\r\na{sign}b\r\n1{sign}2\r\n"
    for data in (text.encode(), text.encode("utf-8-sig")):
        table = parse_csv(data)
        assert (table.columns, table.rows, table.lines) == (("a", "b"), (("1", "2"),), (3,))


def test_a_million_empty_lines_are_refused_unread() -> None:
    with pytest.raises(Problem, match="too many rows"):
        parse_csv(b"a\n1\n" + b"\n" * 1_000_000)


def test_a_single_column_needs_no_sign() -> None:
    assert parse_csv(b"prompt\none fox\ntwo foxes\n").rows == (("one fox",), ("two foxes",))


def test_lines_without_a_letter_are_left_out_and_lines_are_counted_as_an_editor_does() -> None:
    table = parse_csv(b"\nprompt,cfg\n\na,1\n , \nb,2\n\n")
    assert table.rows == (("a", "1"), ("b", "2"))
    assert table.lines == (4, 6)


def test_a_line_of_another_length_is_named() -> None:
    assert title(b"prompt,cfg\na,1\nb\n") == (
        "Line 3 of this CSV file has 1 column where its heads name 2."
    )
    assert title(b"prompt,cfg\na,1\nb,2,3\n").startswith("Line 3 of this CSV file has 3 columns")


def test_what_is_no_table_is_said() -> None:
    assert title(b"") == "This CSV file is empty."
    assert title(b"\xef\xbb\xbf \n") == "This CSV file is empty."
    assert title(b"prompt,cfg\n") == "This CSV file has no rows below the names of its columns."
    assert title(b"cfg,a,cfg\n1,2,3\n") == "Two columns of this CSV file are called “cfg”."
    assert title(b'a,b\n"1,2\n') == "This CSV file cannot be read."
    assert title(b"a,b\n\xff\xfe1,2\n").startswith("This CSV file cannot be read: its letters")
    assert title(b"x" * (MAX_BYTES + 1)) == "This CSV file is too large."
    wide = ",".join(f"c{n}" for n in range(MAX_COLUMNS + 1)).encode()
    assert title(wide + b"\n" + wide) == f"This CSV file has more than {MAX_COLUMNS} columns."
    long = b"a,b\n" + b"1,2\n" * (MAX_CELLS + 1)
    assert title(long) == "This CSV file has too many rows."
    assert len(parse_csv(b"a,b\n" + b"1,2\n" * MAX_CELLS).rows) == MAX_CELLS


@given(st.binary(max_size=400))
def test_any_bytes_are_a_table_or_a_problem(data: bytes) -> None:
    try:
        table = parse_csv(data)
    except Problem:
        return
    assert all(len(row) == len(table.columns) for row in table.rows)


_CHARS = st.characters(exclude_categories=("Cc", "Cs", "Cf", "Zl", "Zp", "Zs"))
_WORD = st.text(_CHARS, min_size=1, max_size=12)


@given(st.lists(st.tuples(_WORD, _WORD), min_size=1, max_size=20), st.sampled_from(",;\t"))
def test_what_a_writer_of_csv_writes_is_read_as_it_was(
    rows: list[tuple[str, str]], sign: str
) -> None:
    out = io.StringIO()
    writer = csv.writer(out, delimiter=sign, quoting=csv.QUOTE_ALL)
    writer.writerows([("first", "second"), *rows])
    assert parse_csv(out.getvalue().encode()).rows == tuple(rows)
