"""What runs cost, in words: a line for the run bar, and what one has to know with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runcomfy_desktop.domain.hardware import HARDWARE, PRICES_AS_OF
from runcomfy_desktop.i18n import _, n_
from runcomfy_desktop.ui.formatting import about, duration, money, one_line

if TYPE_CHECKING:
    from runcomfy_desktop.core.purse import Purse
    from runcomfy_desktop.domain.deployment import Deployment
    from runcomfy_desktop.domain.estimate import Estimate


def price_texts(deployment: Deployment, purse: Purse) -> tuple[str, str]:
    """What one run costs on the deployment's machine: one line, and its explanation."""
    name = one_line(deployment.hardware[0]) if deployment.hardware else ""
    if not purse.is_billed:
        tip = _("This is the demo: nothing is sent to RunComfy and nothing is billed.")
        return " · ".join(part for part in (name, _("not billed")) if part), tip
    estimate = purse.estimate(deployment)
    if estimate.usd_per_hour is None:
        tip = _("The price of this machine is not known. Set it under Settings, Money.")
        return name, tip if name else ""
    text = about(estimate.usd if estimate.usd is not None else estimate.usd_per_hour)
    if estimate.usd is None:
        text = _("%s an hour") % text
    lines = [
        estimate_line(estimate),
        measured_line(estimate),
        _price_line(name, estimate.usd_per_hour),
        _("A machine is billed by the second while it starts, runs and stays warm (%d s).")
        % deployment.keep_warm_s,
        _always_line(deployment.min_instances),
    ]
    return _("%s · %s") % (name, text), "\n".join(filter(None, lines))


def estimate_line(estimate: Estimate) -> str:
    """`About $0.05; about $0.17 more if a machine has to start first; …`, as far as it is known."""
    parts = []
    if estimate.usd is not None:
        parts.append(about(estimate.usd))
    if estimate.cold_start_usd:
        more = _("%s more if a machine has to start first") if parts else _("%s for its start")
        parts.append(more % about(estimate.cold_start_usd))
    if estimate.keep_warm_usd:
        parts.append(_("%s for staying warm afterwards") % about(estimate.keep_warm_usd))
    line = "; ".join(parts)
    return f"{line[:1].upper()}{line[1:]}." if line else ""


def measured_line(estimate: Estimate) -> str:
    """What the estimate rests on, and how far runs lie apart."""
    if estimate.usd is None or not estimate.measured:
        return _("No run of it was measured yet, so the price of a run is not known.")
    line = n_("By %d run of yours.", "By your last %d runs.", estimate.measured) % estimate.measured
    if estimate.run_s is not None:
        took = n_("It took %s.", "Half of them took less than %s.", estimate.measured)
        line = f"{line} {took % duration(estimate.run_s)}{_between(estimate)}"
    if not estimate.is_start_measured and estimate.cold_start_usd:
        line = f"{line} " + _("No start was measured yet: a typical one of four minutes is taken.")
    return line


def time_line(estimate: Estimate, machines: int) -> str:
    """How long the runs take by those that were measured, "" when none was."""
    if estimate.run_s is None:
        return ""
    whole_s = estimate.run_s * estimate.jobs
    line = _("About %s, one run after the other") % duration(whole_s)
    at_once = min(machines, estimate.jobs)
    if at_once < 2:
        return f"{line}."
    shortest_s = estimate.run_s * -(-estimate.jobs // at_once)
    return line + _("; about %s on %d machines at once.") % (duration(shortest_s), at_once)


def takes_line(seconds: float | None) -> str:
    """How long it takes until all of them are done, "" when nobody knows."""
    return "" if seconds is None else _("About %s until the last one is done.") % duration(seconds)


def _between(estimate: Estimate) -> str:
    """How far single runs lie apart; "" where that is less than a cent."""
    if estimate.low_usd is None or estimate.high_usd is None:
        return ""
    low, high = money(estimate.low_usd / estimate.jobs), money(estimate.high_usd / estimate.jobs)
    return " " + _("Half of them cost between %s and %s.") % (low, high) if low != high else ""


def _price_line(sku: str, usd_per_hour: float) -> str:
    known = HARDWARE.get(sku)
    if known is None or known.usd_per_hour != usd_per_hour:
        return _("%s an hour, by your own price.") % money(usd_per_hour)
    return _("%s, %d GB: %s an hour, pay as you go, from RunComfy's price list of %s.") % (
        known.gpu,
        known.vram_gb,
        money(usd_per_hour),
        PRICES_AS_OF,
    )


def _always_line(always: int) -> str:
    if always <= 0:
        return ""
    text = n_(
        "%d machine is always on and billed.", "%d machines are always on and billed.", always
    )
    return text % always
