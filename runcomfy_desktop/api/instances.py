"""Frees the memory of one live instance, through the service's proxy to its ComfyUI.

An instance lives from its first job until its keep-warm time is over; its id comes with the
answers about jobs. The proxy is no way around the queue: each call keeps the instance awake, at
its owner's cost.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from runcomfy_desktop.api import wording
from runcomfy_desktop.api.answer import Unreadable, parse_json
from runcomfy_desktop.api.body import JsonBody
from runcomfy_desktop.api.errands import Errand
from runcomfy_desktop.api.errors import unreadable

if TYPE_CHECKING:
    from runcomfy_desktop.api.client import Client
    from runcomfy_desktop.domain.json_value import JsonObject


async def free_memory(
    client: Client, deployment_id: str, instance_id: str, *, clear_cache: bool
) -> None:
    """Lets an instance drop its models, and with `clear_cache` the results it keeps as well.

    Raises Problem; NOT_FOUND when it is not running any more.
    """
    body: JsonObject = {"unload_models": True}
    if clear_cache:
        body["free_memory"] = True
    url = client.url(
        "v2", "deployments", deployment_id, "instances", instance_id, "proxy", "api", "free"
    )
    answer = await client.send_once("POST", url, JsonBody(body), Errand.INSTANCE)
    try:
        await parse_json(answer.body)
    except Unreadable:
        # ComfyUI itself says nothing; a word of another kind is as good.
        if answer.is_success and answer.broken is None and not answer.too_large:
            if wording.is_web_page(answer):
                raise unreadable(answer, "a web page", Errand.INSTANCE) from None
            return
    await client.read(answer, Errand.INSTANCE)
