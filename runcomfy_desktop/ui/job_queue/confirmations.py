"""Questions before jobs are cancelled, sent or run again.

Each button names its action.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from runcomfy_desktop.i18n import _, n_
from runcomfy_desktop.ui.run.job_questions import JobQuestion
from runcomfy_desktop.ui.widgets.confirm import ask_confirmation

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtWidgets import QWidget


def confirm_cancel(
    window: QWidget, count: int, on_yes: Callable[[], object], *, is_billed: bool = True
) -> None:
    text = _("One that is nearly done may still end as done. In the demo nothing is billed.")
    if is_billed:
        text = _(
            "A job that only waits here costs nothing. A job that has begun is billed for the "
            "time that it used, and one that is nearly done may still end as done."
        )
    ask_confirmation(
        window,
        "cancel_question",
        title=n_("Cancel %d job?", "Cancel %d jobs?", count) % count,
        text=text,
        button_text=n_("Cancel %d job", "Cancel %d jobs", count) % count,
        on_yes=on_yes,
    )


def beyond_limit_question(
    count: int, reason: str, cost_text: str, on_yes: Callable[[], object]
) -> JobQuestion:
    """Returns the question before jobs are sent beyond a spending limit.

    `cost_text` is their total cost as text, "" if unknown.
    """
    title = n_("Send %d job beyond the limit?", "Send %d jobs beyond the limit?", count) % count
    lines = reason, _("The limit stays; it holds what comes after these.")
    text = "\n".join(filter(None, lines))
    return JobQuestion("beyond_question", title, text, _send_label(count, cost_text), on_yes)


def run_again_question(
    count: int, cost_text: str, on_yes: Callable[[], object], *, is_billed: bool = True
) -> JobQuestion:
    """Returns the question before jobs are run again."""
    title = n_("Run %d job once more?", "Run %d jobs once more?", count) % count
    text = n_(
        "It becomes a new job; in the demo nothing is billed. The old one stays as it is.",
        "Each becomes a new job; in the demo nothing is billed. The old ones stay as they are.",
        count,
    )
    if is_billed:
        text = n_(
            "It becomes a new job, and is billed. The old one stays as it is.",
            "Each becomes a new job, and is billed. The old ones stay as they are.",
            count,
        )
    label = label_with_cost(n_("Run %d job", "Run %d jobs", count) % count, cost_text)
    return JobQuestion("run_again_question", title, text, label, on_yes)


def send_question(
    count: int, cost_text: str, on_yes: Callable[[], object], *, is_billed: bool = True
) -> JobQuestion:
    """Returns the question before held jobs are sent."""
    title = n_("Send %d job now?", "Send %d jobs now?", count) % count
    text = n_(
        "It takes its turn; in the demo nothing is billed.",
        "They take their turns; in the demo nothing is billed.",
        count,
    )
    if is_billed:
        text = n_(
            "It takes its turn, and is billed when it runs.",
            "They take their turns, and each is billed when it runs.",
            count,
        )
    return JobQuestion("send_question", title, text, _send_label(count, cost_text), on_yes)


def _send_label(count: int, cost_text: str) -> str:
    return label_with_cost(n_("Send %d job", "Send %d jobs", count) % count, cost_text)


def label_with_cost(label: str, cost_text: str) -> str:
    """Returns a button label such as `Send 3 jobs, about $0.24`.

    Without `cost_text` the label is returned unchanged.
    """
    return _("%s, %s") % (label, cost_text) if cost_text else label
