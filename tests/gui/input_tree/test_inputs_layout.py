"""Text in fields: wrapped, elided, and never wider than the field."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QRect
from PySide6.QtGui import QColor, QFont, QFontMetrics, QGuiApplication, QImage, QPainter

from runcomfy_desktop.domain.drafts.draft import SeedMode
from runcomfy_desktop.domain.media.media import MediaFile
from runcomfy_desktop.domain.schema.schema import InputKind, InputSpec
from runcomfy_desktop.ui.input_tree.rows import texts
from runcomfy_desktop.ui.input_tree.rows.input_row_painter import InputRowPainter
from runcomfy_desktop.ui.input_tree.rows.number_values import parse_number, step_value
from runcomfy_desktop.ui.input_tree.rows.row_layout import metrics_for
from runcomfy_desktop.ui.input_tree.rows.text_block import TextBlock
from runcomfy_desktop.ui.style import theme


def block(text: str, width: int = 200, lines: int = 3) -> TextBlock:
    return TextBlock(text, QFont("DejaVu Sans", 10), width, lines)


def line_height() -> int:
    return block("x").height


def test_short_text_is_one_line() -> None:
    short = block("short")
    assert short.height >= QFontMetrics(QFont("DejaVu Sans", 10)).height()
    assert not short.is_truncated


@pytest.mark.parametrize("text", ["word " * 100, "x" * 500, "a\nb\nc\nd", "a\r\nb\r\nc\r\nd"])
def test_more_than_fits_is_cut_after_its_lines(text: str) -> None:
    cut = block(text)
    assert cut.is_truncated
    assert cut.height == 3 * line_height()


def test_line_breaks_at_the_end_are_nothing_more() -> None:
    assert not block("a\nb\nc\n\n").is_truncated


@pytest.mark.parametrize("text", ["word " * 100, "x" * 500, "first line\n" * 9])
def test_nothing_is_drawn_beside_the_field(text: str) -> None:
    image = QImage(300, 100, QImage.Format.Format_RGB32)
    image.fill(QColor("white"))
    painter = QPainter(image)
    block(text).draw(painter, 10, 10, "#000000")
    painter.end()
    beside = {
        QColor(image.pixel(x, y)).name()
        for x in [*range(9), *range(212, 300)]
        for y in range(image.height())
    }
    assert beside == {"#ffffff"}


@pytest.mark.parametrize(
    ("value", "decimals", "shown"),
    [(1.0, 2, "1.00"), (1, 2, "1.00"), (0.125, 2, "0.125"), (1e-9, 3, "1e-09"), (2.5, 1, "2.5")],
)
def test_a_decimal_shows_all_of_itself(value: float, decimals: int, shown: str) -> None:
    assert texts.value_text(value, InputSpec(InputKind.FLOAT, decimals=decimals)) == shown


@pytest.mark.parametrize(
    ("text", "kind", "number"),
    [
        ("18446744073709551615", InputKind.INT, 18446744073709551615),
        ("-3", InputKind.INT, -3),
        ("3.5", InputKind.INT, None),
        ("", InputKind.INT, None),
        ("-", InputKind.FLOAT, None),
        ("1e400", InputKind.FLOAT, None),
        ("nan", InputKind.FLOAT, None),
        (".5", InputKind.FLOAT, 0.5),
        ("9" * 41, InputKind.INT, None),
    ],
)
def test_numbers_are_read_exactly_or_not_at_all(
    text: str, kind: InputKind, number: float | None
) -> None:
    assert parse_number(text, kind) == number


def test_steps_stay_inside_the_limits() -> None:
    spec = InputSpec(InputKind.FLOAT, minimum=0.0, maximum=1.0, step=0.05)
    assert step_value(0.95, 1, spec) == 1.0
    assert step_value(1.0, 3, spec) == 1.0
    assert step_value(0.1, 4, spec) == 0.3
    whole = InputSpec(InputKind.INT, minimum=0, maximum=2**64 - 1)
    assert step_value(2**64 - 2, 1, whole) == 2**64 - 1
    assert step_value(0, -1, whole) == 0


def test_every_seed_mode_has_words() -> None:
    assert len({texts.seed_mode_text(mode) for mode in SeedMode}) == len(SeedMode)


def test_what_is_sent_of_a_picture_is_said() -> None:
    media = MediaFile("a.jpg", "x.jpg", "x", "image/jpeg", 188_416, 1536, 1024)
    assert texts.media_info(media) == "1536 × 1024 · 184 KB · sent inline as JPEG"
    assert texts.media_info("") == "nothing is sent"
    large = "data:image/png;base64," + "A" * 4 * 1024 * 1024
    assert texts.media_info(large) == "3.0 MB · sent inline as PNG"
    assert texts.media_info("data:image/png").startswith("0 bytes · ")
    assert texts.media_name("") == "No picture"
    assert texts.media_name("https://example.com/") == "https://example.com/"


@pytest.mark.parametrize("height", [30, 31])
def test_an_icon_does_not_move_in_its_row_where_that_is_half_scrolled_away(height: int) -> None:
    """Scrolling moves the painted pixels of a row, but repaints a row that is partly cut off."""

    def painted(top: int) -> QImage:
        image = QImage(24, 80, QImage.Format.Format_RGB32)
        image.fill(QColor("white"))
        with QPainter(image) as painter:
            painter.translate(0, 40 - top)
            look = (
                theme.colours(QGuiApplication.palette()),
                metrics_for(QFont("DejaVu Sans", 10).toString()),
            )
            brush = InputRowPainter(painter, *look)
            brush.draw_icon(QRect(0, top, 24, height), "pin", "#000000", 14)
        return image

    assert painted(-20) == painted(4)


def test_an_empty_field_says_what_it_wants() -> None:
    assert texts.placeholder_text(InputSpec(InputKind.INT, type_name="INT")) == "INT"
    assert texts.value_text(None, InputSpec(InputKind.INT)) == ""
    assert texts.value_text(None, InputSpec(InputKind.OTHER)) == "null"
    missing = InputSpec(InputKind.OTHER, type_name="MODEL", is_known=True, is_required=True)
    assert texts.value_text(None, missing) == "not linked"
