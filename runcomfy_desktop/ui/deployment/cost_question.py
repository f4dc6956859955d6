"""The questions before something is billed whether anything runs or not: instances that are always
on, and those that idle for long. The sum is on the button."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runcomfy_desktop.domain.cost import Scaling, scaling_cost
from runcomfy_desktop.domain.estimate import Estimate
from runcomfy_desktop.i18n import _, n_
from runcomfy_desktop.ui.deployment.words import (
    about,
    cost_lines,
    price_of_enabling,
    rate_of,
    scaling_of,
    with_price,
)
from runcomfy_desktop.ui.dialogs.confirm import ask
from runcomfy_desktop.ui.formatting import one_line, shortened

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtWidgets import QWidget

    from runcomfy_desktop.core.purse import Purse
    from runcomfy_desktop.domain.deployment import Deployment


def ask_before_scaling(
    owner: QWidget,
    purse: Purse,
    record: Deployment,
    after: Scaling,
    on_yes: Callable[[], object],
) -> None:
    """Calls `on_yes` at once when the numbers of `record` may become those of `after` without a
    question, else when the user agrees."""
    before, rate = scaling_of(record), rate_of(record)
    name, count = _name(record), after.min_instances
    if count > before.min_instances:
        title = n_(
            "Keep %d instance of %s always on?", "Keep %d instances of %s always on?", count
        ) % (count, name)
        deed = n_("Keep %d instance on", "Keep %d instances on", count) % count
        price = _a_day(after, rate)
    elif after.keep_warm_s > before.keep_warm_s and _is_much(purse, after, rate):
        title = _("Keep an idle instance of %s warm for so long?") % name
        deed = _("Keep it warm")
        price = _("%s each wake-up") % about(scaling_cost(after, rate or 0.0).idle_per_wake)
    else:
        on_yes()
        return
    ask(
        owner,
        "confirm_scaling",
        title=title,
        text=_text(record, after, rate, is_billed=purse.is_billed),
        deed=_("%s, %s") % (deed, price) if purse.is_billed else deed,
        on_yes=on_yes,
        leave=_("Do not save"),
    )


def ask_before_enabling(
    owner: QWidget, purse: Purse, record: Deployment, on_yes: Callable[[], object]
) -> None:
    """Calls `on_yes` at once when nothing of `record` is always on, else when the user agrees."""
    scaling, rate = scaling_of(record), rate_of(record)
    if not scaling.min_instances:
        on_yes()
        return
    price = price_of_enabling(record, is_demo=not purse.is_billed)
    if rate is None and purse.is_billed:
        price = _("always on at an unknown price")
    ask(
        owner,
        "confirm_enable",
        title=_("Enable %s?") % _name(record),
        text=_text(record, scaling, rate, is_billed=purse.is_billed),
        deed=with_price(_("Enable"), price),
        on_yes=on_yes,
        leave=_("Leave it disabled"),
    )


def _name(record: Deployment) -> str:
    return shortened(one_line(record.name) or record.deployment_id)


def _a_day(scaling: Scaling, rate: float | None) -> str:
    if rate is None:
        return _("at an unknown price")
    return _("%s a day") % about(scaling_cost(scaling, rate).always_per_day)


def _is_much(purse: Purse, after: Scaling, rate: float | None) -> bool:
    """Returns whether idling once costs as much as a run that is asked about."""
    usd = None if rate is None else scaling_cost(after, rate).idle_per_wake
    return purse.needs_question(0, Estimate(usd=usd))


def _text(record: Deployment, after: Scaling, rate: float | None, *, is_billed: bool) -> str:
    lines = cost_lines(after, rate, is_demo=not is_billed)
    costs = [lines.always if after.min_instances else ""]
    if after.keep_warm_s > record.keep_warm_s:
        costs.append(lines.wake)
    costs.append(_("That is billed also while nothing runs."))
    return "\n\n".join(filter(None, (" ".join(filter(None, costs)), lines.note)))
