"""Names and prices of RunComfy's machines; prices change, so every sum is an estimate."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Hardware:
    """Machine type: its label, GPU, memory in GB and pay-as-you-go price in USD an hour."""

    label: str
    gpu: str
    vram_gb: int
    usd_per_hour: float


PRICES_AS_OF = "2026-08"

# From RunComfy's billing pages, as of the month above.
HARDWARE: dict[str, Hardware] = {
    "TURING_16": Hardware("Medium", "T4 / A4000", 16, 0.99),
    "AMPERE_24": Hardware("Large", "A10G / A5000", 24, 1.75),
    "AMPERE_48": Hardware("X-Large", "A6000", 48, 2.50),
    "ADA_48_PLUS": Hardware("X-Large Plus", "L40S / L40", 48, 2.99),
    "AMPERE_80": Hardware("2X-Large", "A100", 80, 4.99),
    "ADA_80_PLUS": Hardware("2X-Large Plus", "H100", 80, 7.49),
    "HOPPER_141": Hardware("3X-Large", "H200", 141, 8.75),
}


def list_price(sku: str) -> float | None:
    """Returns the list price in USD an hour; None for a machine that is not on RunComfy's list."""
    known = HARDWARE.get(sku)
    return known.usd_per_hour if known is not None else None


def sku_of(hardware: str) -> str:
    """Returns the SKU of a job's machine: the first one in `hardware`.

    `hardware` names all machines that the deployment allows; the first is the one it requests.
    """
    return hardware.partition(",")[0].strip()
