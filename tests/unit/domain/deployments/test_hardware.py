"""The price table: complete, and plausible enough for an estimate."""

from __future__ import annotations

from runcomfy_desktop.domain.deployments.hardware import HARDWARE, PRICES_AS_OF


def test_every_machine_that_runcomfy_names_is_in_the_table() -> None:
    assert set(HARDWARE) == {
        "TURING_16",
        "AMPERE_24",
        "AMPERE_48",
        "ADA_48_PLUS",
        "AMPERE_80",
        "ADA_80_PLUS",
        "HOPPER_141",
    }


def test_larger_machines_cost_more() -> None:
    prices = [machine.usd_per_hour for machine in HARDWARE.values()]
    assert prices == sorted(prices)
    assert prices[0] > 0
    for sku, machine in HARDWARE.items():
        assert str(machine.vram_gb) in sku
        assert machine.label
        assert machine.gpu


def test_the_month_of_the_prices_is_said() -> None:
    year, month = map(int, PRICES_AS_OF.split("-"))
    assert (year >= 2026, 1 <= month <= 12) == (True, True)
