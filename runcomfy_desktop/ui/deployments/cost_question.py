"""Confirmation of costs that arise even without runs.

They come from instances that are always on and instances that idle for long. The button shows the
amount.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from runcomfy_desktop.domain.deployments.cost import Scaling, scaling_cost
from runcomfy_desktop.domain.jobs.estimate import Estimate
from runcomfy_desktop.i18n import _, n_
from runcomfy_desktop.ui.base.formatters import one_line, shortened
from runcomfy_desktop.ui.deployments.deployment_texts import (
    approx_price_text,
    cost_lines,
    hourly_rate,
    price_of_enabling,
    scaling_of,
    with_price,
)
from runcomfy_desktop.ui.widgets.confirm import ask_confirmation

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtWidgets import QWidget

    from runcomfy_desktop.core.spending.budget import Budget
    from runcomfy_desktop.domain.deployments.deployment import Deployment


def ask_before_scaling(
    owner: QWidget,
    budget: Budget,
    deployment: Deployment,
    after: Scaling,
    on_yes: Callable[[], object],
) -> None:
    """Calls `on_yes` once the scaling of `deployment` may be changed to `after`.

    The user is asked first if more instances are always on or if longer idling is expensive.
    """
    before, rate = scaling_of(deployment), hourly_rate(deployment)
    name, count = _name(deployment), after.min_instances
    if count > before.min_instances:
        title = n_(
            "Keep %d instance of %s always on?", "Keep %d instances of %s always on?", count
        ) % (count, name)
        action_text = n_("Keep %d instance on", "Keep %d instances on", count) % count
        price = _per_day_text(after, rate)
    elif after.keep_warm_s > before.keep_warm_s and _is_expensive(budget, after, rate):
        title = _("Keep an idle instance of %s warm for so long?") % name
        action_text = _("Keep it warm")
        price = _("%s each wake-up") % approx_price_text(
            scaling_cost(after, rate or 0.0).idle_usd_per_wake
        )
    else:
        on_yes()
        return
    ask_confirmation(
        owner,
        "confirm_scaling",
        title=title,
        text=_text(deployment, after, rate, is_billed=budget.is_billed),
        button_text=_("%s, %s") % (action_text, price) if budget.is_billed else action_text,
        on_yes=on_yes,
        decline_text=_("Do not save"),
    )


def ask_before_enabling(
    owner: QWidget, budget: Budget, deployment: Deployment, on_yes: Callable[[], object]
) -> None:
    """Calls `on_yes` once `deployment` may be enabled.

    The user is asked first if the deployment has instances that are always on.
    """
    scaling, rate = scaling_of(deployment), hourly_rate(deployment)
    if not scaling.min_instances:
        on_yes()
        return
    price = price_of_enabling(deployment, is_demo=not budget.is_billed)
    if rate is None and budget.is_billed:
        price = _("always on at an unknown price")
    ask_confirmation(
        owner,
        "confirm_enable",
        title=_("Enable %s?") % _name(deployment),
        text=_text(deployment, scaling, rate, is_billed=budget.is_billed),
        button_text=with_price(_("Enable"), price),
        on_yes=on_yes,
        decline_text=_("Leave it disabled"),
    )


def _name(deployment: Deployment) -> str:
    return shortened(one_line(deployment.name) or deployment.deployment_id)


def _per_day_text(scaling: Scaling, rate: float | None) -> str:
    if rate is None:
        return _("at an unknown price")
    return _("%s a day") % approx_price_text(scaling_cost(scaling, rate).min_usd_per_day)


def _is_expensive(budget: Budget, after: Scaling, rate: float | None) -> bool:
    """Returns True if one idle period costs as much as a run that needs confirmation."""
    usd = None if rate is None else scaling_cost(after, rate).idle_usd_per_wake
    return budget.needs_confirmation(0, Estimate(usd=usd))


def _text(deployment: Deployment, after: Scaling, rate: float | None, *, is_billed: bool) -> str:
    lines = cost_lines(after, rate, is_demo=not is_billed)
    costs = [lines.always if after.min_instances else ""]
    if after.keep_warm_s > deployment.keep_warm_s:
        costs.append(lines.wake)
    costs.append(_("That is billed also while nothing runs."))
    return "\n\n".join(filter(None, (" ".join(filter(None, costs)), lines.note)))
