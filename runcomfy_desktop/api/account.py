"""The account: its wallet, which is also the cheapest way to test a key."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runcomfy_desktop.api import wire
from runcomfy_desktop.api.errands import Errand
from runcomfy_desktop.api.errors import unreadable

if TYPE_CHECKING:
    from runcomfy_desktop.api.client import Client
    from runcomfy_desktop.domain.deployment import Balance


async def balance(client: Client) -> Balance:
    """The balance; it may be zero or negative. Raises Problem."""
    answer = await client.get(client.url("v2", "balance"))
    found = wire.balance(await client.read(answer, Errand.READ))
    if found is None:
        raise unreadable(answer, "no balance", Errand.READ)
    return found
