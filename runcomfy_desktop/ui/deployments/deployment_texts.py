"""Texts about a deployment: facts, costs of the typed numbers, prices on buttons."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

from runcomfy_desktop.domain.deployments.cost import (
    HOURS_PER_MONTH,
    Scaling,
    ScalingCost,
    scaling_cost,
)
from runcomfy_desktop.domain.deployments.hardware import HARDWARE, PRICES_AS_OF
from runcomfy_desktop.i18n import _, n_
from runcomfy_desktop.ui.base.formatters import clock_time, money, one_line

if TYPE_CHECKING:
    from runcomfy_desktop.domain.deployments.deployment import Deployment

_MIN_SHOWN_USD = 0.005
_MINUTE_S = 60


class CostLines(NamedTuple):
    """Sentences on the costs of scaling numbers, and a note on their basis."""

    always: str
    most: str
    wake: str
    note: str


def hourly_rate(deployment: Deployment) -> float | None:
    """Returns the price of the deployment's machine in USD per hour; None if it is unknown."""
    hardware = HARDWARE.get(deployment.hardware[0]) if deployment.hardware else None
    return None if hardware is None else hardware.usd_per_hour


def hardware_line(deployment: Deployment) -> str:
    """Returns a text like `X-Large · A6000 · 48 GB`, preceded by RunComfy's own hardware name."""
    name = one_line(deployment.hardware[0]) if deployment.hardware else ""
    hardware = HARDWARE.get(name)
    if hardware is None:
        return name
    return f"{name} · {hardware.label} · {hardware.gpu} · {_('%d GB') % hardware.vram_gb}"


def price_line(deployment: Deployment) -> str:
    rate = hourly_rate(deployment)
    if rate is None:
        return _("not known to this program") if deployment.hardware else ""
    return _("about %s an hour (list of %s)") % (money(rate), PRICES_AS_OF)


def state_line(deployment: Deployment) -> str:
    """Returns a text with the deployment's state and the service's own status."""
    status = one_line(deployment.status)
    if not deployment.is_enabled:
        disabled = _("Disabled: every request to it fails at once")
        return f"{disabled} · {status}" if status else disabled
    return _("Enabled · %s") % status if status else _("Enabled")


def time_text(text: str) -> str:
    """Returns a time from the service in local notation, and any other text on one line."""
    try:
        return clock_time(datetime.fromisoformat(text.strip()).timestamp())
    except (ValueError, OverflowError, OSError):
        return one_line(text)


def cost_lines(scaling: Scaling | None, rate: float | None, *, is_demo: bool) -> CostLines:
    """Returns the cost sentences; `scaling` is None while a typed number is invalid."""
    if rate is None:
        note = _(
            "The price of this hardware is not known to this program, so there are no sums. "
            "Every instance is billed by the second while it is on."
        )
        return CostLines("", "", "", note)
    note = _(
        "Estimates: pay as you go, from RunComfy's price list of %s; a month has %d hours."
    ) % (PRICES_AS_OF, HOURS_PER_MONTH)
    if is_demo:
        note = _("In the demo nothing is billed. On an account it would be like this. %s") % note
    if scaling is None:
        return CostLines(
            _("What this costs is worked out once the numbers are right."), "", "", note
        )
    cost = scaling_cost(scaling, rate)
    return CostLines(
        _always_on_text(scaling.min_instances, cost),
        _max_cost_text(scaling, cost),
        _wake_cost_text(scaling, cost),
        note,
    )


def _always_on_text(count: int, cost: ScalingCost) -> str:
    if count == 0:
        return _("No instance is always on: without runs it costs nothing.")
    text = n_(
        "%d instance is always on: %s an hour, %s a day, %s a month.",
        "%d instances are always on: %s an hour, %s a day, %s a month.",
        count,
    )
    sums = (cost.min_usd_per_hour, cost.min_usd_per_day, cost.min_usd_per_month)
    return text % (count, *(approx_price_text(each) for each in sums))


def _max_cost_text(scaling: Scaling, cost: ScalingCost) -> str:
    text = n_(
        "At most %d instance runs at once: %s an hour.",
        "At most %d instances run at once: %s an hour.",
        scaling.max_instances,
    )
    return text % (scaling.max_instances, approx_price_text(cost.max_usd_per_hour))


def _wake_cost_text(scaling: Scaling, cost: ScalingCost) -> str:
    if scaling.keep_warm_s == 0:
        return _("An instance shuts down right after its last run; the next run waits for a start.")
    return _("Each time it was woken, an instance idles for %s: %s.") % (
        duration_text(scaling.keep_warm_s),
        approx_price_text(cost.idle_usd_per_wake),
    )


def price_of_change(before: Scaling, after: Scaling, rate: float | None) -> str:
    """Returns the additional cost of a change for its button; "" if it costs no more."""
    if rate is None:
        return ""
    cost = scaling_cost(after, rate)
    if after.min_instances > before.min_instances:
        return _("%s a day always on") % approx_price_text(cost.min_usd_per_day)
    if after.max_instances > before.max_instances:
        return _("up to %s an hour") % money(cost.max_usd_per_hour)
    if after.keep_warm_s > before.keep_warm_s:
        return _("%s each wake-up") % approx_price_text(cost.idle_usd_per_wake)
    return ""


def price_of_enabling(deployment: Deployment, *, is_demo: bool) -> str:
    """Returns the price of instances that are always on; "" if there are none.

    It is also "" in the demo and if the hourly rate is unknown.
    """
    rate = None if is_demo else hourly_rate(deployment)
    if rate is None or deployment.min_instances == 0:
        return ""
    return _("%s a day always on") % approx_price_text(
        scaling_cost(scaling_of(deployment), rate).min_usd_per_day
    )


def scaling_of(deployment: Deployment) -> Scaling:

    return Scaling(
        deployment.min_instances,
        deployment.max_instances,
        deployment.queue_size,
        deployment.keep_warm_s,
    )


def approx_price_text(usd: float) -> str:
    """Returns the text of an estimated amount."""
    if 0 < usd < _MIN_SHOWN_USD:
        return _("less than $0.01")
    return _("about %s") % money(usd)


def duration_text(seconds: int) -> str:
    """Returns a text like `45 s`, `2 min` or `2 min 30 s`."""
    minutes, remaining_s = divmod(seconds, _MINUTE_S)
    parts = [_("%d min") % minutes] if minutes else []
    if remaining_s or not minutes:
        parts.append(_("%d s") % remaining_s)
    return " ".join(parts)


def with_price(text: str, price: str) -> str:
    """Returns a button text with the price of pressing it."""
    return f"{text} · {price}" if price else text
