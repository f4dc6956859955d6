"""Reads CSV files with or without a byte order mark.

Columns are separated by commas, semicolons, tabs or `|`; a field that contains a separator is
quoted.
"""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

from runcomfy_desktop.domain.base.plain_text import one_line
from runcomfy_desktop.domain.base.problem import Problem
from runcomfy_desktop.domain.sweeps.sweep import MAX_CELLS
from runcomfy_desktop.i18n import _, n_

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_BYTES = 8 * 1024 * 1024
MAX_COLUMNS = 200
_DELIMITERS = (",", ";", "\t", "|")
_BOMS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
_SAMPLE_ROWS = 20
# Very many blank lines are not a table, and take long to read.
_MAX_LINES = 20 * MAX_CELLS
# Excel writes and reads this line above a table; no other program does.
_SEP_LINE = re.compile(r"\ufeff?sep=([,;\t|])\r?\n", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class CsvTable:
    """Column names, and rows with as many fields; `lines` has each row's line in the file."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    lines: tuple[int, ...] = ()


def parse_csv(data: bytes) -> CsvTable:
    """Returns the table in a file's bytes.

    Raises Problem if the file is too large, not text, or has no rows, a row with another number of
    columns than the header, two columns of the same name, or more rows than a grid has cells.
    """
    if len(data) > MAX_BYTES:
        raise Problem(
            _("This CSV file is too large."),
            _("It has more than %d MB.") % (MAX_BYTES // 1024 // 1024),
        )
    text = _decoded(data)
    sep_line = _SEP_LINE.match(text)
    # An empty line remains in its place, so that line numbers stay right.
    text = text if sep_line is None else "\n" + text[sep_line.end() :]
    if text.count("\n") + text.count("\r") > 2 * _MAX_LINES:
        raise _too_many_rows_problem()
    records = _records(text, _detect_delimiter(text) if sep_line is None else sep_line[1])
    if not records:
        raise Problem(_("This CSV file is empty."), _("Its first line has to name the columns."))
    columns = _columns(records[0][1])
    rows, lines = [], []
    for line, record in records[1:]:
        if len(record) != len(columns):
            raise _uneven_row_problem(line, len(record), len(columns))
        rows.append(tuple(record))
        lines.append(line)
    if not rows:
        raise Problem(_("This CSV file has no rows below the names of its columns."))
    return CsvTable(columns, tuple(rows), tuple(lines))


def _decoded(data: bytes) -> str:
    encoding = next((name for bom, name in _BOMS if data.startswith(bom)), "utf-8")
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        raise Problem(
            _("This CSV file cannot be read: its letters are not written in UTF-8."),
            _("Reading stopped at byte %d.") % error.start,
            _("Save it as “CSV UTF-8” in the program that made it."),
            technical=str(error),
        ) from None


def _detect_delimiter(text: str) -> str:
    """Returns the delimiter that gives the most columns in rows of equal length."""

    def score(delimiter: str) -> tuple[bool, int]:
        try:
            sample = [record for _line, record in islice(_read(text, delimiter), _SAMPLE_ROWS)]
        except csv.Error:
            return False, 0
        columns = len(sample[0]) if sample else 0
        return columns > 1 and all(len(each) == columns for each in sample), columns

    # If several are equal, the first one wins: commas are the most common.
    return max(_DELIMITERS, key=score)


def _records(text: str, delimiter: str) -> list[tuple[int, list[str]]]:
    try:
        found = list(islice(_read(text, delimiter), MAX_CELLS + 2))
    except csv.Error as error:
        raise Problem(
            _("This CSV file cannot be read."),
            _("A quote in it is never closed, or a text in it is too long."),
            technical=str(error),
        ) from None
    if len(found) > MAX_CELLS + 1:
        raise _too_many_rows_problem()
    return found


def _read(text: str, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """Yields each record that is not blank, with the line at which it ends."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    for record in reader:
        if any(each.strip() for each in record):
            yield reader.line_num, record


def _columns(record: list[str]) -> tuple[str, ...]:
    columns = tuple(one_line(each) for each in record)
    if len(columns) > MAX_COLUMNS:
        raise Problem(_("This CSV file has more than %d columns.") % MAX_COLUMNS)
    duplicate = next((name for name, times in Counter(columns).items() if name and times > 1), "")
    if duplicate:
        raise Problem(
            _("Two columns of this CSV file are called “%s”.") % duplicate,
            _("Which of them is meant cannot be told."),
            _("Give each column a name of its own."),
        )
    return columns


def _too_many_rows_problem() -> Problem:
    return Problem(
        _("This CSV file has too many rows."), _("A grid has at most %d cells.") % MAX_CELLS
    )


def _uneven_row_problem(line: int, count: int, wanted: int) -> Problem:
    text = n_(
        "Line %d of this CSV file has %d column where its heads name %d.",
        "Line %d of this CSV file has %d columns where its heads name %d.",
        count,
    )
    return Problem(
        text % (line, count, wanted),
        advice=_("Put quotes around a text that has a comma or a semicolon in it."),
    )
