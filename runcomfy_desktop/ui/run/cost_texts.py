"""Cost of runs as text: a line for the run bar, and explanations of estimates."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runcomfy_desktop.domain.deployments.hardware import HARDWARE, PRICES_AS_OF
from runcomfy_desktop.i18n import _, n_
from runcomfy_desktop.ui.base.formatters import approx_money, duration, money, one_line

if TYPE_CHECKING:
    from runcomfy_desktop.core.spending.budget import Budget
    from runcomfy_desktop.domain.deployments.deployment import Deployment
    from runcomfy_desktop.domain.jobs.estimate import Estimate


def run_cost_texts(deployment: Deployment, budget: Budget) -> tuple[str, str]:
    """Returns one line with the cost of a run on the deployment's machine, and its explanation."""
    name = one_line(deployment.hardware[0]) if deployment.hardware else ""
    if not budget.is_billed:
        tip = _("This is the demo: nothing is sent to RunComfy and nothing is billed.")
        return " · ".join(part for part in (name, _("not billed")) if part), tip
    estimate = budget.estimate(deployment)
    if estimate.usd_per_hour is None:
        tip = _("The price of this machine is not known. Set it under Settings, Money.")
        return name, tip if name else ""
    text = approx_money(estimate.usd if estimate.usd is not None else estimate.usd_per_hour)
    if estimate.usd is None:
        text = _("%s an hour") % text
    lines = [
        estimate_line(estimate),
        estimate_basis_line(estimate),
        _price_line(name, estimate.usd_per_hour),
        _("A machine is billed by the second while it starts, runs and stays warm (%d s).")
        % deployment.keep_warm_s,
        _always_on_text(deployment.min_instances),
    ]
    return _("%s · %s") % (name, text), "\n".join(filter(None, lines))


def estimate_line(estimate: Estimate) -> str:
    """Returns a sentence such as `About $0.05; about $0.17 more if a machine has to start first.`

    Unknown parts are left out.
    """
    parts = []
    if estimate.usd is not None:
        parts.append(approx_money(estimate.usd))
    if estimate.cold_start_usd:
        more = _("%s more if a machine has to start first") if parts else _("%s for its start")
        parts.append(more % approx_money(estimate.cold_start_usd))
    if estimate.keep_warm_usd:
        parts.append(_("%s for staying warm afterwards") % approx_money(estimate.keep_warm_usd))
    line = "; ".join(parts)
    return f"{line[:1].upper()}{line[1:]}." if line else ""


def estimate_basis_line(estimate: Estimate) -> str:
    """Returns the basis of the estimate, and the range of the costs of single runs."""
    if estimate.usd is None or not estimate.measured_count:
        return _("No run of it was measured yet, so the price of a run is not known.")
    count = estimate.measured_count
    line = n_("By %d run of yours.", "By your last %d runs.", count) % count
    if estimate.run_s is not None:
        duration_text = n_("It took %s.", "Half of them took less than %s.", count)
        line = f"{line} {duration_text % duration(estimate.run_s)}{_range_text(estimate)}"
    if not estimate.is_start_measured and estimate.cold_start_usd:
        line = f"{line} " + _("No start was measured yet: a typical one of four minutes is taken.")
    return line


def run_time_line(estimate: Estimate, machines: int) -> str:
    """Returns the estimated time of the runs, based on measured runs; "" if there are none."""
    if estimate.run_s is None:
        return ""
    total_s = estimate.run_s * estimate.job_count
    line = _("About %s, one run after the other") % duration(total_s)
    parallel = min(machines, estimate.job_count)
    if parallel < 2:
        return f"{line}."
    shortest_s = estimate.run_s * -(-estimate.job_count // parallel)
    return line + _("; about %s on %d machines at once.") % (duration(shortest_s), parallel)


def time_to_finish_text(seconds: float | None) -> str:
    """Returns the estimated time until the last job is done, "" if unknown."""
    return "" if seconds is None else _("About %s until the last one is done.") % duration(seconds)


def _range_text(estimate: Estimate) -> str:
    """Returns the range of the costs of single runs; "" if it is less than a cent."""
    if estimate.low_usd is None or estimate.high_usd is None:
        return ""
    low = money(estimate.low_usd / estimate.job_count)
    high = money(estimate.high_usd / estimate.job_count)
    return " " + _("Half of them cost between %s and %s.") % (low, high) if low != high else ""


def _price_line(sku: str, usd_per_hour: float) -> str:
    known, price = HARDWARE.get(sku), money(usd_per_hour)
    if known is None or known.usd_per_hour != usd_per_hour:
        return _("%s an hour, by your own price.") % price
    text = _("%s, %d GB: %s an hour, pay as you go, from RunComfy's price list of %s.")
    return text % (known.gpu, known.vram_gb, price, PRICES_AS_OF)


def _always_on_text(machine_count: int) -> str:
    if machine_count <= 0:
        return ""
    text = n_(
        "%d machine is always on and billed.",
        "%d machines are always on and billed.",
        machine_count,
    )
    return text % machine_count
