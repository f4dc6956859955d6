"""The body of a submit, streamed: pictures go out in pieces and are never whole in memory."""

from __future__ import annotations

import asyncio
import base64
import json
import re
import uuid
from typing import TYPE_CHECKING, Any, BinaryIO, Protocol

from runcomfy_desktop.api import constants
from runcomfy_desktop.domain.media import MediaFile
from runcomfy_desktop.domain.problem import Problem
from runcomfy_desktop.i18n import _

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping
    from pathlib import Path

    from runcomfy_desktop.domain.json_value import Json, JsonObject
    from runcomfy_desktop.domain.workflow import InputKey

_MIME = re.compile(r"[A-Za-z0-9.+-]+/[A-Za-z0-9.+-]+")
_LEAST_KEY_CHARS = 8


class Body(Protocol):
    """What can be sent once: bytes whose number is known, in pieces."""

    size_bytes: int
    secrets: tuple[str, ...]
    """What of it must not be shown when the service repeats it."""

    def pieces(self) -> AsyncIterator[bytes]: ...


class JsonBody:
    """A small JSON value as a body. Raises Problem when it cannot be one."""

    def __init__(self, value: JsonObject) -> None:
        self._data = _encoded(json.JSONEncoder(allow_nan=False), value).encode("ascii")
        self.size_bytes = len(self._data)
        self.secrets: tuple[str, ...] = ()

    async def pieces(self) -> AsyncIterator[bytes]:
        """The body, in one piece."""
        yield self._data


class SubmitBody:
    """A submit as bytes whose number is known before the first one goes out.

    Without a `workflow` it is `{"overrides": ...}`, which changes the saved one. With one, the
    values are put into that and only `{"workflow_api_json": ...}` is sent: what becomes of both
    together is not known. `partner_key` goes beside either: the Comfy.org key for partner nodes.

    The last piece always closes the JSON, and comes after every file has been read: a body that
    a file breaks off cannot have been understood by anybody. Raises Problem when the values
    cannot be sent. A whole workflow takes a while to spell out: that is for a worker thread.
    """

    def __init__(
        self,
        values: Mapping[InputKey, Json | MediaFile],
        media_folder: Path,
        *,
        workflow: JsonObject | None = None,
        partner_key: str = "",
    ) -> None:
        tree = _overrides(values) if workflow is None else _inline(workflow, values)
        if partner_key:
            tree["extra_data"] = {"api_key_comfy_org": partner_key}
        self._parts = _parts(tree)
        self._folder = media_folder
        self.size_bytes = sum(map(_size, self._parts))
        # Blotting out a word of few letters would spoil what the service says.
        is_key = len(partner_key) >= _LEAST_KEY_CHARS
        self.secrets: tuple[str, ...] = (partner_key,) if is_key else ()

    async def check(self) -> None:
        """Raises Problem when a picture is not there any more as it was. Nothing is sent then."""
        media = [part for part in self._parts if isinstance(part, MediaFile)]
        await asyncio.to_thread(self._check, media)

    async def pieces(self) -> AsyncIterator[bytes]:
        """The body, in pieces of at most 128 KB. Raises Problem when a file fails."""
        for part in self._parts:
            if isinstance(part, MediaFile):
                async for piece in self._media_pieces(part):
                    yield piece
                continue
            for start in range(0, len(part), constants.PIECE_BYTES):
                yield part[start : start + constants.PIECE_BYTES]

    async def _media_pieces(self, media: MediaFile) -> AsyncIterator[bytes]:
        left = media.size_bytes
        file = await asyncio.to_thread(self._open, media)
        try:
            while left:
                wanted = min(left, constants.PIECE_BYTES)
                raw, encoded = await asyncio.to_thread(_read_piece, file, wanted)
                if raw != wanted:
                    raise _changed(media)
                left -= raw
                yield encoded
        except OSError as error:
            raise _lost(media, error) from None
        finally:
            file.close()

    def _check(self, media: list[MediaFile]) -> None:
        for each in media:
            with self._open(each) as file:
                if file.seek(0, 2) != each.size_bytes:
                    raise _changed(each)

    def _open(self, media: MediaFile) -> BinaryIO:
        path = self._folder / media.stored_name
        if path.parent != self._folder or not media.stored_name:
            raise _lost(media, ValueError(media.stored_name))
        try:
            return path.open("rb")
        except (OSError, ValueError) as error:
            raise _lost(media, error) from None


def _overrides(values: Mapping[InputKey, Json | MediaFile]) -> dict[str, Any]:
    nodes: dict[str, Any] = {}
    for (node_id, name), value in values.items():
        nodes.setdefault(node_id, {"inputs": {}})["inputs"][name] = value
    return {"overrides": nodes}


def _inline(workflow: JsonObject, values: Mapping[InputKey, Json | MediaFile]) -> dict[str, Any]:
    """The workflow with the values in it; what is no node (notes some people write) stays here."""
    nodes: dict[str, dict[str, Any]] = {
        node_id: dict(raw)
        for node_id, raw in workflow.items()
        if isinstance(raw, dict) and isinstance(raw.get("class_type"), str)
    }
    if not nodes:
        raise _not_sent(_("There is no node in this workflow, so there is nothing to run."))
    touched: dict[str, dict[str, Any]] = {}
    for (node_id, name), value in values.items():
        if node_id not in nodes:
            raise _not_sent(_("Node #%s is not in the workflow that would be sent.") % node_id)
        if node_id not in touched:
            inputs = nodes[node_id].get("inputs")
            touched[node_id] = dict(inputs) if isinstance(inputs, dict) else {}
            nodes[node_id]["inputs"] = touched[node_id]
        touched[node_id][name] = value
    return {"workflow_api_json": nodes}


def _parts(tree: dict[str, Any]) -> list[bytes | MediaFile]:
    """JSON text with the media files standing where their Base64 belongs."""
    files: list[MediaFile] = []
    # Chance, and so in no text that anybody wrote.
    mark = uuid.uuid4().hex

    def stand_in(value: object) -> str:
        if not isinstance(value, MediaFile):
            raise TypeError(f"{type(value).__name__} is no JSON")
        files.append(value)
        return mark

    texts = _encoded(json.JSONEncoder(allow_nan=False, default=stand_in), tree).split(mark)
    parts: list[bytes | MediaFile] = []
    for text, media in zip(texts, files, strict=False):
        mime = media.mime if _MIME.fullmatch(media.mime) else "application/octet-stream"
        parts += [f"{text}data:{mime};base64,".encode("ascii"), media]
    parts.append(texts[-1].encode("ascii"))
    return parts


def _encoded(encoder: json.JSONEncoder, value: object) -> str:
    """In small steps: in one go, json holds the interpreter for as long as it takes, on whatever
    thread, which is 0.2 s for the largest workflow."""
    try:
        return "".join(encoder.iterencode(value))
    except ValueError:
        raise _not_sent(_("A number is not finite, so it cannot be sent.")) from None


def _not_sent(title: str) -> Problem:
    return Problem(
        title,
        _("Nothing was sent, and it costs nothing."),
        _("Correct the input, then run again."),
    )


def _size(part: bytes | MediaFile) -> int:
    return 4 * ((part.size_bytes + 2) // 3) if isinstance(part, MediaFile) else len(part)


def _read_piece(file: BinaryIO, wanted: int) -> tuple[int, bytes]:
    raw = file.read(wanted)
    return len(raw), base64.b64encode(raw)


def _lost(media: MediaFile, error: Exception) -> Problem:
    return Problem(
        _("The stored copy of “%s” cannot be read any more.") % media.name,
        _("The job was not sent and costs nothing."),
        _("Put the file on its input again, then run again."),
        technical=f"{type(error).__name__}: {error}",
    )


def _changed(media: MediaFile) -> Problem:
    return Problem(
        _("The stored copy of “%s” has changed since it was put on its input.") % media.name,
        _("The job was not sent and costs nothing."),
        _("Put the file on its input again, then run again."),
    )
