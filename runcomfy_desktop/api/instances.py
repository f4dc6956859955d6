"""Calls to the ComfyUI of one live instance, through the service's proxy.

An instance lives from its first job until its keep-warm time is over; its id comes with the
answers about jobs. The proxy is no way around the queue: each call keeps the instance awake, at
its owner's cost.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from runcomfy_desktop.api import wording
from runcomfy_desktop.api.address import proxy_segments
from runcomfy_desktop.api.answer import Unreadable, parse_json
from runcomfy_desktop.api.body import JsonBody
from runcomfy_desktop.api.errands import Errand
from runcomfy_desktop.api.errors import unreadable

if TYPE_CHECKING:
    from runcomfy_desktop.api.client import Client
    from runcomfy_desktop.domain.json_value import Json, JsonObject


@dataclass(frozen=True, slots=True)
class InstanceAnswer:
    """What an instance said: JSON, or else text (cut and cleaned), or nothing."""

    status: int
    json: Json = None
    text: str = ""


async def free_memory(
    client: Client, deployment_id: str, instance_id: str, *, clear_cache: bool
) -> None:
    """Lets an instance drop its models, and with `clear_cache` the results it keeps as well.

    Raises Problem; NOT_FOUND when it is not running any more.
    """
    body: JsonObject = {"unload_models": True}
    if clear_cache:
        body["free_memory"] = True
    await call_instance(client, deployment_id, instance_id, "api/free", body)


async def call_instance(
    client: Client, deployment_id: str, instance_id: str, path: str, body: JsonObject
) -> InstanceAnswer:
    """Posts `body` to `path` (no slash in front) of an instance, once. Raises Problem."""
    url = client.url(
        "v2",
        "deployments",
        deployment_id,
        "instances",
        instance_id,
        "proxy",
        *proxy_segments(path),
    )
    answer = await client.send_once("POST", url, JsonBody(body), Errand.INSTANCE)
    try:
        await parse_json(answer.body)
    except Unreadable:
        if answer.is_success and answer.broken is None and not answer.too_large:
            if wording.is_web_page(answer):
                raise unreadable(answer, "a web page", Errand.INSTANCE) from None
            return InstanceAnswer(answer.status, text=wording.message(answer, None))
    return InstanceAnswer(answer.status, await client.read(answer, Errand.INSTANCE))
