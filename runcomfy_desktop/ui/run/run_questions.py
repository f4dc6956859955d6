"""The one question before a run: about its price, a missing key, large pictures, or several."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QCheckBox

from runcomfy_desktop.domain.base.plain_text import one_line
from runcomfy_desktop.domain.media.media import INLINE_LIMIT_BYTES
from runcomfy_desktop.domain.media.media_checks import limit_text
from runcomfy_desktop.domain.validation.large_media import SHRUNK_KB
from runcomfy_desktop.i18n import _, n_
from runcomfy_desktop.ui.base.formatters import approx_money, file_size, money
from runcomfy_desktop.ui.run.cost_texts import estimate_basis_line, estimate_line
from runcomfy_desktop.ui.widgets.confirm import ask_confirmation, raise_open_dialog

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from PySide6.QtWidgets import QWidget

    from runcomfy_desktop.core.preflight import Preflight
    from runcomfy_desktop.core.spending.budget import Budget
    from runcomfy_desktop.domain.jobs.estimate import Estimate
    from runcomfy_desktop.domain.media.media import MediaFile

RUN_DIALOG_NAME = "confirm_run"
_PARTNER_KEY_DIALOG_NAME = "confirm_without_key"
_PICTURE_SIZE_DIALOG_NAME = "confirm_size"


def ask_before_run(
    parent: QWidget,
    budget: Budget,
    preflight: Preflight,
    on_yes: Callable[[bool], object],
    on_add_key: Callable[[], object],
) -> None:
    """Asks everything that is open about planned runs, in one dialog.

    Calls `on_yes` with True to shrink large pictures, or with False; `on_add_key` if the user wants
    to add the partner key instead. One dialog is open at a time: while it is open, another call has
    no effect.
    """
    names = RUN_DIALOG_NAME, _PARTNER_KEY_DIALOG_NAME, _PICTURE_SIZE_DIALOG_NAME
    if raise_open_dialog(parent, *names):
        return
    if preflight.question_count > 1:
        _ask_all(parent, budget, preflight, on_yes, on_add_key)
    elif preflight.is_key_missing:
        # The run would fail on a paid machine.
        ask_confirmation(
            parent,
            _PARTNER_KEY_DIALOG_NAME,
            title=_("Run without a Comfy.org key?"),
            text=_missing_key_text(),
            button_text=_("Run anyway"),
            on_yes=lambda: on_yes(preflight.shrinks),
            alternative=(_("Add the key…"), on_add_key),
        )
    elif preflight.asks_about_pictures:
        _ask_picture_size(parent, preflight.request.shrinkable_pictures, on_yes)
    else:
        ask_confirmation(
            parent,
            RUN_DIALOG_NAME,
            title=run_title(preflight.request.count),
            text="\n\n".join(cost_lines(budget, preflight.estimate)),
            button_text=run_button_text(preflight.request.count, preflight.estimate),
            on_yes=lambda: on_yes(preflight.shrinks),
        )


def _ask_all(
    parent: QWidget,
    budget: Budget,
    preflight: Preflight,
    on_yes: Callable[[bool], object],
    on_add_key: Callable[[], object],
) -> None:
    """Asks several questions in one dialog: a paragraph for each, and a check box for pictures."""
    count, pictures = preflight.request.count, preflight.request.shrinkable_pictures
    paragraphs: list[str] = []
    box = None
    if preflight.asks_about_cost:
        paragraphs.append(" ".join(cost_lines(budget, preflight.estimate)))
    if preflight.is_key_missing:
        paragraphs.append(_missing_key_text())
    if preflight.asks_about_pictures:
        paragraphs.append(_picture_size_text(pictures))
        label = n_(
            "Shrink %d large picture to about %d KB",
            "Shrink %d large pictures to about %d KB",
            len(pictures),
        )
        box = QCheckBox(label % (len(pictures), SHRUNK_KB))
    ask_confirmation(
        parent,
        RUN_DIALOG_NAME,
        title=run_title(count),
        text="\n\n".join(paragraphs),
        button_text=run_button_text(count, preflight.estimate),
        on_yes=lambda: on_yes(preflight.shrinks if box is None else box.isChecked()),
        decline_text=_do_not_run_text(),
        alternative=(_("Add the key…"), on_add_key) if preflight.is_key_missing else None,
        check_box=box,
    )


def run_title(count: int) -> str:
    """Returns a question such as `Run 24 jobs?`."""
    return n_("Run %d job?", "Run %d jobs?", count) % count


def run_button_text(count: int, estimate: Estimate) -> str:
    """Returns a label such as `Run 24 jobs, about $1.20`; without the cost if it is unknown."""
    label = n_("Run %d job", "Run %d jobs", count) % count
    return _("%s, %s") % (label, approx_money(estimate.usd)) if estimate.usd is not None else label


def cost_lines(budget: Budget, estimate: Estimate) -> Iterator[str]:
    """Yields the facts to know before a run: the cost, its basis, and the effect of limits."""
    if not budget.is_billed:
        yield _("This is the demo: nothing is sent to RunComfy and nothing is billed.")
        return
    line = estimate_line(estimate)
    if line:
        yield line
    yield estimate_basis_line(estimate)
    if estimate.usd is None and estimate.usd_per_hour is not None:
        yield _("Its machine costs %s an hour.") % approx_money(estimate.usd_per_hour)
    remaining_usd = budget.remaining_usd(is_batch=estimate.job_count > 1)
    if remaining_usd is not None and (estimate.usd is None or estimate.usd > remaining_usd):
        text = _("Your limit on spending has room for %s: what would pass it is held, not sent.")
        yield text % money(remaining_usd)


def _missing_key_text() -> str:
    return _(
        "This workflow has paid partner nodes. Without your Comfy.org key they fail, unless the "
        "deployment has a key of its own, and the machine is billed all the same."
    )


def _ask_picture_size(
    parent: QWidget, files: Sequence[MediaFile], on_choice: Callable[[bool], object]
) -> None:
    """Calls `on_choice` with True to shrink these pictures, or False to send them unchanged."""
    count = len(files)
    title = n_("Send %d large picture as it is?", "Send %d large pictures as they are?", count)
    ask_confirmation(
        parent,
        _PICTURE_SIZE_DIALOG_NAME,
        title=title % count,
        text=_picture_size_text(files),
        button_text=_("Send as it is") if count == 1 else _("Send as they are"),
        on_yes=lambda: on_choice(False),
        decline_text=_do_not_run_text(),
        alternative=(_("Shrink to about %d KB") % SHRUNK_KB, lambda: on_choice(True)),
    )


def _do_not_run_text() -> str:
    """Returns the button that declines, where "Leave it" could mean to send pictures unchanged."""
    return _("Do not run")


def _picture_size_text(files: Sequence[MediaFile]) -> str:
    text = n_(
        "%s is above the %s that RunComfy recommends for a picture in a request. It can be sent as "
        "it is, which takes longer, or shrunk. Your file stays as it is.",
        "%s are above the %s that RunComfy recommends for a picture in a request. They can be sent "
        "as they are, which takes longer, or shrunk. Your files stay as they are.",
        len(files),
    )
    return text % (_file_names(files), limit_text(INLINE_LIMIT_BYTES))


def _file_names(files: Sequence[MediaFile]) -> str:
    """Returns the first file, such as `forest.png (1.2 MB)`, and the number of further files."""
    first = f"{one_line(files[0].name)} ({file_size(files[0].size_bytes)})"
    more = len(files) - 1
    if not more:
        return first
    return n_("%s and %d more", "%s and %d more", more) % (first, more)
