"""Widths of the queue's columns, and which of them the user has hidden."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtGui import QFont, QFontMetrics

from runcomfy_desktop.i18n import _
from runcomfy_desktop.ui.base.formatters import duration, money, time_of_day
from runcomfy_desktop.ui.job_queue.cell_texts import small_amount_text
from runcomfy_desktop.ui.job_queue.jobs_model import JobColumn
from runcomfy_desktop.ui.job_queue.state_texts import JobAction, action_text
from runcomfy_desktop.ui.style.theme import ROW_HEIGHT, STEP, scaled
from runcomfy_desktop.ui.widgets.labels import SMALL_FONT_SCALE

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

ICON_SIDE = 4 * STEP
MARGIN = 3 * STEP
BAR_WIDTH = 54
BAR_GAP = 2 * STEP
# Space before and after a cell's text, and for the rounding of its width.
_PADDING = STEP + MARGIN + STEP
OPTIONAL_COLUMNS = (
    JobColumn.SEED,
    JobColumn.DEPLOYMENT,
    JobColumn.PROGRESS,
    JobColumn.TIME,
    JobColumn.COST,
)
"""Columns that the user can hide."""
# Average characters of a title for which other columns are hidden, for which less important ones
# are hidden or shortened, and from which on others may grow.
_MIN_TITLE_CHARS, _SHORT_TITLE_CHARS, _GOOD_TITLE_CHARS = 13, 18, 42
_DEPLOYMENT_CHARS, _MAX_DEPLOYMENT_CHARS = 14, 28


@dataclass(frozen=True, slots=True)
class HiddenColumns:
    """Columns that the user has hidden."""

    columns: frozenset[JobColumn] = frozenset()

    @property
    def stored_text(self) -> str:
        """String that represents the columns in the window's state."""
        return " ".join(column.name.lower() for column in sorted(self.columns))

    def toggled(self, column: JobColumn) -> HiddenColumns:
        """Returns the columns after the user has hidden or shown one of them."""
        return HiddenColumns(self.columns ^ {column})


def hidden_from_stored(stored_text: str) -> HiddenColumns:
    """Returns the columns stored as `stored_text`, without names that are unknown."""
    names = stored_text.split()
    return HiddenColumns(frozenset(each for each in OPTIONAL_COLUMNS if each.name.lower() in names))


@dataclass(frozen=True, slots=True)
class ColumnLayout:
    """Widths of the columns, 0 for a hidden one, and what their cells have space for."""

    widths: Mapping[JobColumn, int]
    has_bar: bool = True
    has_time_of_day: bool = True


class ColumnFitter:
    """Fits the columns to a width, in a font."""

    def __init__(self, font: QFont) -> None:
        bold = QFont(font)
        bold.setBold(True)
        self._metrics = QFontMetrics(font)
        self._bold = QFontMetrics(bold)
        self._small = QFontMetrics(scaled(font, SMALL_FONT_SCALE))

    def fit(self, width: int, hidden: Iterable[JobColumn], seed_length: int) -> ColumnLayout:
        """Returns the layout for `width`; `seed_length` is the number of digits of a seed.

        If the title has too little space, other columns give way, one after the other.
        """
        widths = self._usual_widths(seed_length) | dict.fromkeys(hidden, 0)
        has_bar = has_time_of_day = True

        def lacks_space(chars: int = _SHORT_TITLE_CHARS) -> bool:
            return width - sum(widths.values()) < self._title_width(chars)

        for column in (JobColumn.DEPLOYMENT, JobColumn.SEED):
            if lacks_space():
                widths[column] = 0
        if lacks_space() and widths[JobColumn.PROGRESS]:
            widths[JobColumn.PROGRESS] = self._progress_width(has_bar=False)
            has_bar = False
        if lacks_space() and widths[JobColumn.TIME]:
            widths[JobColumn.TIME] = self._width_of(duration(9 * 3600))
            has_time_of_day = False
        for column in (JobColumn.COST, JobColumn.PROGRESS, JobColumn.TIME):
            if lacks_space(_MIN_TITLE_CHARS):
                widths[column] = 0
        self._distribute(width, widths)
        return ColumnLayout(widths, has_bar, has_time_of_day)

    def _distribute(self, width: int, widths: dict[JobColumn, int]) -> None:
        """Gives what is left to the title, and beyond a good width to the state and deployment."""
        remaining = width - sum(widths.values())
        if remaining < self._title_width(_MIN_TITLE_CHARS):
            # Title and state share what there is.
            shared = remaining + widths[JobColumn.STATE]
            widths[JobColumn.STATE] = min(widths[JobColumn.STATE], shared // 2 + 10 * STEP)
        spare = remaining - self._title_width(_GOOD_TITLE_CHARS)
        largest = {
            JobColumn.STATE: self._state_width(_("No longer known to the server")),
            JobColumn.DEPLOYMENT: self._chars_width(_MAX_DEPLOYMENT_CHARS),
        }
        for column, largest_width in largest.items():
            growth = min(spare, largest_width - widths[column])
            if widths[column] and growth > 0:
                widths[column] += growth
                spare -= growth
        widths[JobColumn.JOB] = width - sum(widths.values())

    def _usual_widths(self, seed_length: int) -> dict[JobColumn, int]:
        """Returns the widths of all columns but the title's that fit their usual texts."""
        small = self._small.horizontalAdvance
        seed_header = self._metrics.horizontalAdvance(_("Seed")) + 5 * STEP
        when = small(" · ") + max(small(time_of_day(0.0)), small("28 Nov"))
        starting, queued = _("Starting a machine…"), _("Queued · position %d") % 99
        return {
            JobColumn.SEED: max(small("0" * seed_length), seed_header) + _PADDING,
            JobColumn.DEPLOYMENT: self._chars_width(_DEPLOYMENT_CHARS),
            JobColumn.STATE: max(self._state_width(text) for text in (starting, queued)),
            JobColumn.PROGRESS: self._progress_width(has_bar=True),
            JobColumn.TIME: self._width_of(duration(599)) + when,
            JobColumn.COST: max(map(self._width_of, (money(88.88), small_amount_text()))),
            JobColumn.ACTION: self._action_width(),
        }

    def _progress_width(self, *, has_bar: bool) -> int:
        small, longest = self._small.horizontalAdvance, duration(9 * 60 + 50)
        with_bar = small(_("about %s left") % longest) + (BAR_WIDTH + BAR_GAP) * has_bar
        return max(with_bar, small(_("starts in about %s") % longest)) + _PADDING

    def _title_width(self, chars: int) -> int:
        return ROW_HEIGHT + MARGIN + self._chars_width(chars)

    def _chars_width(self, chars: int) -> int:
        return self._metrics.averageCharWidth() * chars + _PADDING

    def _width_of(self, text: str) -> int:
        return self._metrics.horizontalAdvance(text) + _PADDING

    def _state_width(self, text: str) -> int:
        """Returns the width of a state's icon and bold text."""
        return self._bold.horizontalAdvance(text) + ICON_SIDE + 2 * STEP + _PADDING

    def _action_width(self) -> int:
        texts = (action_text(action) for action in JobAction)
        return max(map(self._metrics.horizontalAdvance, texts)) + 9 * STEP
