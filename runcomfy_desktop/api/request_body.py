"""Streamed body of a submit: images are sent in pieces and are never whole in memory."""

from __future__ import annotations

import asyncio
import base64
import json
import re
import uuid
from typing import TYPE_CHECKING, Any, BinaryIO, Protocol

from runcomfy_desktop.api import constants
from runcomfy_desktop.domain.base.problem import Problem
from runcomfy_desktop.domain.media.media import MediaFile
from runcomfy_desktop.i18n import _

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping
    from pathlib import Path

    from runcomfy_desktop.domain.base.json_value import Json, JsonObject
    from runcomfy_desktop.domain.workflow.workflow import InputKey

_MIME = re.compile(r"[A-Za-z0-9.+-]+/[A-Za-z0-9.+-]+")
_MIN_KEY_CHARS = 8


class RequestBody(Protocol):
    """Body of known size that can be sent once, in pieces."""

    size_bytes: int
    secrets: tuple[str, ...]
    """Values that must not be shown if the service repeats them."""

    def chunks(self) -> AsyncIterator[bytes]: ...


class JsonBody:
    """Small JSON value as a body. Raises Problem if it cannot be encoded."""

    def __init__(self, value: JsonObject) -> None:
        self._data = _encode(json.JSONEncoder(allow_nan=False), value).encode("ascii")
        self.size_bytes = len(self._data)
        self.secrets: tuple[str, ...] = ()

    async def chunks(self) -> AsyncIterator[bytes]:
        """Yields the body in one piece."""
        yield self._data


class SubmitBody:
    """Body of a submit, whose size is known before the first byte is sent.

    Without a `workflow` it is `{"overrides": ...}`, which changes the saved workflow. With one, the
    values are inserted into it and only `{"workflow_api_json": ...}` is sent: the effect of both
    together is not known. `partner_key`, the Comfy.org key for partner nodes, is added in both
    cases.

    The last piece closes the JSON and is sent only after every file has been read, so a body cut
    off because of a file is never valid. Raises Problem if the values cannot be sent. Encoding a
    whole workflow takes time, so create the body on a worker thread.
    """

    def __init__(
        self,
        values: Mapping[InputKey, Json | MediaFile],
        media_folder: Path,
        *,
        workflow: JsonObject | None = None,
        partner_key: str = "",
    ) -> None:
        tree = _overrides_tree(values) if workflow is None else _inline_tree(workflow, values)
        if partner_key:
            tree["extra_data"] = {"api_key_comfy_org": partner_key}
        self._segments = _build_segments(tree)
        self._folder = media_folder
        self.size_bytes = sum(map(_size, self._segments))
        # Redacting a very short key would spoil the service's messages.
        is_key = len(partner_key) >= _MIN_KEY_CHARS
        self.secrets: tuple[str, ...] = (partner_key,) if is_key else ()

    async def check(self) -> None:
        """Raises Problem if an image is missing or has changed; nothing is sent then."""
        media = [segment for segment in self._segments if isinstance(segment, MediaFile)]
        await asyncio.to_thread(self._check, media)

    async def chunks(self) -> AsyncIterator[bytes]:
        """Yields the body in pieces of at most 128 KB. Raises Problem if a file cannot be read."""
        for segment in self._segments:
            if isinstance(segment, MediaFile):
                async for chunk in self._media_chunks(segment):
                    yield chunk
                continue
            for start in range(0, len(segment), constants.CHUNK_BYTES):
                yield segment[start : start + constants.CHUNK_BYTES]

    async def _media_chunks(self, media: MediaFile) -> AsyncIterator[bytes]:
        remaining = media.size_bytes
        file = await asyncio.to_thread(self._open, media)
        try:
            while remaining:
                count = min(remaining, constants.CHUNK_BYTES)
                read_count, encoded = await asyncio.to_thread(_read_chunk, file, count)
                if read_count != count:
                    raise _changed_media_problem(media)
                remaining -= read_count
                yield encoded
        except OSError as error:
            raise _unreadable_media_problem(media, error) from None
        finally:
            file.close()

    def _check(self, media: list[MediaFile]) -> None:
        for each in media:
            with self._open(each) as file:
                if file.seek(0, 2) != each.size_bytes:
                    raise _changed_media_problem(each)

    def _open(self, media: MediaFile) -> BinaryIO:
        path = self._folder / media.stored_name
        if path.parent != self._folder or not media.stored_name:
            raise _unreadable_media_problem(media, ValueError(media.stored_name))
        try:
            return path.open("rb")
        except (OSError, ValueError) as error:
            raise _unreadable_media_problem(media, error) from None


def _overrides_tree(values: Mapping[InputKey, Json | MediaFile]) -> dict[str, Any]:
    nodes: dict[str, Any] = {}
    for (node_id, name), value in values.items():
        nodes.setdefault(node_id, {"inputs": {}})["inputs"][name] = value
    return {"overrides": nodes}


def _inline_tree(
    workflow: JsonObject, values: Mapping[InputKey, Json | MediaFile]
) -> dict[str, Any]:
    """Returns a body of the workflow with the values inserted, without entries that are not nodes.

    Such entries are notes, for example. Raises Problem if a value's node is missing or no node is
    left.
    """
    nodes: dict[str, dict[str, Any]] = {
        node_id: dict(raw)
        for node_id, raw in workflow.items()
        if isinstance(raw, dict) and isinstance(raw.get("class_type"), str)
    }
    if not nodes:
        raise _not_sent_problem(_("There is no node in this workflow, so there is nothing to run."))
    changed_inputs: dict[str, dict[str, Any]] = {}
    for (node_id, name), value in values.items():
        if node_id not in nodes:
            raise _not_sent_problem(
                _("Node #%s is not in the workflow that would be sent.") % node_id
            )
        if node_id not in changed_inputs:
            inputs = nodes[node_id].get("inputs")
            changed_inputs[node_id] = dict(inputs) if isinstance(inputs, dict) else {}
            nodes[node_id]["inputs"] = changed_inputs[node_id]
        changed_inputs[node_id][name] = value
    return {"workflow_api_json": nodes}


def _build_segments(tree: dict[str, Any]) -> list[bytes | MediaFile]:
    """Returns the pieces of the JSON text, with media files in place of their Base64."""
    files: list[MediaFile] = []
    # Random, so it cannot occur in any text of the workflow.
    placeholder = uuid.uuid4().hex

    def replace_media(value: object) -> str:
        if not isinstance(value, MediaFile):
            raise TypeError(f"{type(value).__name__} is no JSON")
        files.append(value)
        return placeholder

    texts = _encode(json.JSONEncoder(allow_nan=False, default=replace_media), tree).split(
        placeholder
    )
    segments: list[bytes | MediaFile] = []
    for text, media in zip(texts, files, strict=False):
        mime = media.mime if _MIME.fullmatch(media.mime) else "application/octet-stream"
        segments += [f"{text}data:{mime};base64,".encode("ascii"), media]
    segments.append(texts[-1].encode("ascii"))
    return segments


def _encode(encoder: json.JSONEncoder, value: object) -> str:
    """Returns the value as JSON, encoded in small steps so that other threads can run.

    In one go, json would hold the interpreter for 0.2 s for the largest workflow, on any thread.
    Raises Problem for a number that is not finite.
    """
    try:
        return "".join(encoder.iterencode(value))
    except ValueError:
        raise _not_sent_problem(_("A number is not finite, so it cannot be sent.")) from None


def _not_sent_problem(title: str) -> Problem:
    return Problem(
        title,
        _("Nothing was sent, and it costs nothing."),
        _("Correct the input, then run again."),
    )


def _size(segment: bytes | MediaFile) -> int:
    return 4 * ((segment.size_bytes + 2) // 3) if isinstance(segment, MediaFile) else len(segment)


def _read_chunk(file: BinaryIO, count: int) -> tuple[int, bytes]:
    raw = file.read(count)
    return len(raw), base64.b64encode(raw)


def _unreadable_media_problem(media: MediaFile, error: Exception) -> Problem:
    return Problem(
        _("The stored copy of “%s” cannot be read any more.") % media.name,
        _("The job was not sent and costs nothing."),
        _("Put the file on its input again, then run again."),
        technical=f"{type(error).__name__}: {error}",
    )


def _changed_media_problem(media: MediaFile) -> Problem:
    return Problem(
        _("The stored copy of “%s” has changed since it was put on its input.") % media.name,
        _("The job was not sent and costs nothing."),
        _("Put the file on its input again, then run again."),
    )
