"""The question before many jobs or a large sum: number and price are on its button."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runcomfy_desktop.domain.deployments.deployment import Deployment
from runcomfy_desktop.i18n import _, n_
from runcomfy_desktop.ui.base.formatters import approx_money, money
from runcomfy_desktop.ui.run.cost_texts import estimate_basis_line, estimate_line
from runcomfy_desktop.ui.widgets.confirm import ask_confirmation
from runcomfy_desktop.ui.widgets.dialog import Dialog

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from PySide6.QtWidgets import QWidget

    from runcomfy_desktop.core.spending.budget import Budget
    from runcomfy_desktop.domain.jobs.estimate import Estimate
    from runcomfy_desktop.domain.jobs.job import Job

DIALOG_NAME = "confirm_run"


def ask_before_running(
    owner: QWidget,
    budget: Budget,
    deployment_or_jobs: Deployment | Sequence[Job],
    count: int,
    on_yes: Callable[[], object],
    *,
    ignores_limits: bool = False,
) -> None:
    """Calls `on_yes` at once when so little is run without a question, else when the person agrees.

    `deployment_or_jobs` is the deployment that `count` new jobs are for, or the jobs that are run
    (again). `ignores_limits`: they are sent whatever the limits on spending say. One question
    stands at a time: while it does, nothing else is asked, and nothing else is run.
    """
    if count < 1:
        return
    if isinstance(deployment_or_jobs, Deployment):
        estimate = budget.estimate(deployment_or_jobs, count)
    else:
        estimate = budget.estimate_jobs(deployment_or_jobs)
    if not budget.needs_confirmation(count, estimate):
        on_yes()
        return
    open_dialog = owner.window().findChild(Dialog, DIALOG_NAME)
    if open_dialog is not None:
        open_dialog.raise_()
        open_dialog.activateWindow()
        return
    ask_confirmation(
        owner.window(),
        DIALOG_NAME,
        title=n_("Run %d job?", "Run %d jobs?", count) % count,
        text="\n\n".join(cost_lines(budget, estimate, ignores_limits=ignores_limits)),
        button_text=run_button_text(count, estimate),
        on_yes=on_yes,
    )


def run_button_text(count: int, estimate: Estimate) -> str:
    """`Run 24 jobs, about $1.20`; without the sum where it is not known."""
    label = n_("Run %d job", "Run %d jobs", count) % count
    return _("%s, %s") % (label, approx_money(estimate.usd)) if estimate.usd is not None else label


def cost_lines(
    budget: Budget, estimate: Estimate, *, ignores_limits: bool = False
) -> Iterator[str]:
    """What one has to know before: the sum, what it rests on, and what limits make of it."""
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
    if remaining_usd is None:
        return
    if ignores_limits:
        yield _("They are sent even if a limit on spending is passed.")
    elif estimate.usd is None or estimate.usd > remaining_usd:
        text = _("Your limit on spending has room for %s: what would pass it is held, not sent.")
        yield text % money(remaining_usd)
