"""The question before many jobs or a large sum: number and price are on its button."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runcomfy_desktop.domain.deployment import Deployment
from runcomfy_desktop.i18n import _, n_
from runcomfy_desktop.ui.dialogs.confirm import ask
from runcomfy_desktop.ui.formatting import about, money
from runcomfy_desktop.ui.price_words import estimate_line, measured_line
from runcomfy_desktop.ui.widgets.dialog import Dialog

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from PySide6.QtWidgets import QWidget

    from runcomfy_desktop.core.purse import Purse
    from runcomfy_desktop.domain.estimate import Estimate
    from runcomfy_desktop.domain.job import Job

NAME = "confirm_run"


def ask_before_running(
    owner: QWidget,
    purse: Purse,
    what: Deployment | Sequence[Job],
    count: int,
    on_yes: Callable[[], object],
    *,
    passes_limits: bool = False,
) -> None:
    """Calls `on_yes` at once when so little is run without a question, else when the person agrees.

    `what` is the deployment that `count` new jobs are for, or the jobs that are run (again).
    `passes_limits`: they are sent whatever the limits on spending say. One question stands at a
    time: while it does, nothing else is asked, and nothing else is run.
    """
    if count < 1:
        return
    if isinstance(what, Deployment):
        estimate = purse.estimate(what, count)
    else:
        estimate = purse.estimate_jobs(what)
    if not purse.needs_question(count, estimate):
        on_yes()
        return
    standing = owner.window().findChild(Dialog, NAME)
    if standing is not None:
        standing.raise_()
        standing.activateWindow()
        return
    ask(
        owner.window(),
        NAME,
        title=n_("Run %d job?", "Run %d jobs?", count) % count,
        text="\n\n".join(cost_lines(purse, estimate, passes_limits=passes_limits)),
        deed=deed_text(count, estimate),
        on_yes=on_yes,
    )


def deed_text(count: int, estimate: Estimate) -> str:
    """`Run 24 jobs, about $1.20`; without the sum where it is not known."""
    deed = n_("Run %d job", "Run %d jobs", count) % count
    return _("%s, %s") % (deed, about(estimate.usd)) if estimate.usd is not None else deed


def cost_lines(purse: Purse, estimate: Estimate, *, passes_limits: bool = False) -> Iterator[str]:
    """What one has to know before: the sum, what it rests on, and what limits make of it."""
    if not purse.is_billed:
        yield _("This is the demo: nothing is sent to RunComfy and nothing is billed.")
        return
    line = estimate_line(estimate)
    if line:
        yield line
    yield measured_line(estimate)
    if estimate.usd is None and estimate.usd_per_hour is not None:
        yield _("Its machine costs %s an hour.") % about(estimate.usd_per_hour)
    room_usd = purse.room_usd(is_batch=estimate.jobs > 1)
    if room_usd is None:
        return
    if passes_limits:
        yield _("They are sent even if a limit on spending is passed.")
    elif estimate.usd is None or estimate.usd > room_usd:
        text = _("Your limit on spending has room for %s: what would pass it is held, not sent.")
        yield text % money(room_usd)
