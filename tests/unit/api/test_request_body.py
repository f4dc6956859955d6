from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING

import pytest

from runcomfy_desktop.api import constants
from runcomfy_desktop.api.request_body import JsonBody, SubmitBody
from runcomfy_desktop.domain.base.problem import Problem
from runcomfy_desktop.domain.media.media import MediaFile
from runcomfy_desktop.domain.workflow.workflow import InputKey

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from runcomfy_desktop.domain.base.json_value import Json, JsonObject


def media(folder: Path, data: bytes, mime: str = "image/png", name: str = "a.png") -> MediaFile:
    (folder / name).write_bytes(data)
    return MediaFile("bike.png", name, "hash", mime, len(data), 1, 1)


async def whole(
    values: Mapping[InputKey, Json | MediaFile],
    folder: Path,
    *,
    workflow: JsonObject | None = None,
    partner_key: str = "",
) -> tuple[bytes, int]:
    body = SubmitBody(values, folder, workflow=workflow, partner_key=partner_key)
    await body.check()
    return b"".join([piece async for piece in body.chunks()]), body.size_bytes


async def test_nothing_changed_is_the_empty_override_set(tmp_path: Path) -> None:
    data, size = await whole({}, tmp_path)
    assert data == b'{"overrides": {}}'
    assert size == len(data)


async def test_values_are_sent_as_they_are(tmp_path: Path) -> None:
    values: dict[InputKey, Json | MediaFile] = {
        InputKey("31", "seed"): 2**64 - 1,
        InputKey("38:42", 'na"me.sub'): 'ü 😀 \n "quoted" \\ \x00 </script>',
        InputKey("31", "cfg"): 1.5,
        InputKey("31", "flag"): True,
        InputKey("9", "list"): {"__value__": [1, [2, None]]},
        InputKey("9", "pair"): ["4", 0],
    }
    data, size = await whole(values, tmp_path)
    assert size == len(data)
    assert json.loads(data) == {
        "overrides": {
            "31": {"inputs": {"seed": 2**64 - 1, "cfg": 1.5, "flag": True}},
            "38:42": {"inputs": {'na"me.sub': 'ü 😀 \n "quoted" \\ \x00 </script>'}},
            "9": {"inputs": {"list": {"__value__": [1, [2, None]]}, "pair": ["4", 0]}},
        }
    }


@pytest.mark.parametrize(
    "length",
    [
        0,
        1,
        2,
        3,
        constants.CHUNK_BYTES - 1,
        constants.CHUNK_BYTES,
        constants.CHUNK_BYTES + 1,
        2 * constants.CHUNK_BYTES + 2,
    ],
)
async def test_pictures_become_data_uris(tmp_path: Path, length: int) -> None:
    data = bytes(n * 7 % 251 for n in range(length))
    picture = media(tmp_path, data)
    body, size = await whole(
        {
            InputKey("1", "image"): picture,
            InputKey("1", "text"): "between",
            InputKey("2", "image"): media(tmp_path, data[::-1], "image/jpeg", "b.jpg"),
        },
        tmp_path,
    )
    assert size == len(body)
    sent = json.loads(body)["overrides"]
    assert (
        sent["1"]["inputs"]["image"] == f"data:image/png;base64,{base64.b64encode(data).decode()}"
    )
    assert sent["1"]["inputs"]["text"] == "between"
    assert sent["2"]["inputs"]["image"].startswith("data:image/jpeg;base64,")


async def test_no_piece_is_large(tmp_path: Path) -> None:
    picture = media(tmp_path, bytes(3 * constants.CHUNK_BYTES + 1))
    long = "x" * (2 * constants.CHUNK_BYTES)
    body = SubmitBody({InputKey("1", "i"): picture, InputKey("1", "t"): long}, tmp_path)
    sizes = [len(piece) async for piece in body.chunks()]
    assert max(sizes) <= 4 * constants.CHUNK_BYTES // 3
    # A connection with 20 kbit/s can send each piece in time.
    assert max(sizes) / constants.WRITE_TIMEOUT_S < 20_000 / 8
    assert sum(sizes) == body.size_bytes


def test_an_odd_type_is_not_sent_as_one(tmp_path: Path) -> None:
    picture = media(tmp_path, b"x", 'image/png","a":"b')
    body = SubmitBody({InputKey("1", "image"): picture}, tmp_path)
    assert body.size_bytes == len(
        '{"overrides": {"1": {"inputs": {"image": "data:application/octet-stream;base64,eA=="}}}}'
    )


async def test_a_missing_file_is_noticed_before_anything_is_sent(tmp_path: Path) -> None:
    picture = media(tmp_path, b"x")
    (tmp_path / "a.png").unlink()
    with pytest.raises(Problem, match=r"bike\.png") as caught:
        await SubmitBody({InputKey("1", "image"): picture}, tmp_path).check()
    assert not caught.value.is_uncertain


async def test_a_changed_file_is_noticed_before_anything_is_sent(tmp_path: Path) -> None:
    picture = media(tmp_path, b"xyz")
    (tmp_path / "a.png").write_bytes(b"x")
    with pytest.raises(Problem, match="changed"):
        await SubmitBody({InputKey("1", "image"): picture}, tmp_path).check()


async def test_a_file_that_shrinks_on_the_way_breaks_the_body_off(tmp_path: Path) -> None:
    picture = media(tmp_path, bytes(2 * constants.CHUNK_BYTES))
    body = SubmitBody({InputKey("1", "image"): picture}, tmp_path)
    await body.check()
    (tmp_path / "a.png").write_bytes(b"x")
    chunks = body.chunks()
    sent = await anext(chunks)
    with pytest.raises(Problem, match="changed"):
        await anext(chunks)
    assert not sent.endswith(b"}")


@pytest.mark.parametrize("name", ["../secret", "", "/etc/passwd", "a/../../b", "x\x00y"])
async def test_a_stored_name_cannot_leave_the_folder(tmp_path: Path, name: str) -> None:
    folder = tmp_path / "media"
    folder.mkdir()
    (tmp_path / "secret").write_bytes(b"x")
    picture = MediaFile("bike.png", name, "hash", "image/png", 1, 1, 1)
    with pytest.raises(Problem):
        await SubmitBody({InputKey("1", "image"): picture}, folder).check()


def test_a_number_that_is_none_is_not_sent(tmp_path: Path) -> None:
    with pytest.raises(Problem, match="finite"):
        SubmitBody({InputKey("1", "cfg"): float("nan")}, tmp_path)


WORKFLOW: JsonObject = {
    "_comment": "exported on Friday",
    "6": {"class_type": "CLIPTextEncode", "inputs": {"text": "red", "clip": ["38", 0]}},
    "31": {"class_type": "KSampler", "_meta": {"title": "Sample"}},
    "189": {"class_type": "LoadImage", "inputs": {"image": "bike.png"}},
    "a": None,
    "b": {"inputs": {}},
}


async def test_a_workflow_takes_the_values_in_and_goes_alone(tmp_path: Path) -> None:
    before = json.dumps(WORKFLOW)
    uri = f"data:image/png;base64,{base64.b64encode(b'picture').decode()}"
    data, size = await whole(
        {
            InputKey("6", "text"): "blue",
            InputKey("31", "seed"): 7,
            InputKey("189", "image"): media(tmp_path, b"picture"),
        },
        tmp_path,
        workflow=WORKFLOW,
    )
    assert size == len(data)
    assert json.loads(data) == {
        "workflow_api_json": {
            "6": {"class_type": "CLIPTextEncode", "inputs": {"text": "blue", "clip": ["38", 0]}},
            "31": {"class_type": "KSampler", "_meta": {"title": "Sample"}, "inputs": {"seed": 7}},
            "189": {"class_type": "LoadImage", "inputs": {"image": uri}},
        }
    }
    assert json.dumps(WORKFLOW) == before


async def test_a_workflow_is_streamed_like_everything_else(tmp_path: Path) -> None:
    picture = media(tmp_path, bytes(3 * constants.CHUNK_BYTES + 1))
    body = SubmitBody({InputKey("189", "image"): picture}, tmp_path, workflow=WORKFLOW)
    sizes = [len(piece) async for piece in body.chunks()]
    assert max(sizes) <= 4 * constants.CHUNK_BYTES // 3
    assert sum(sizes) == body.size_bytes


def test_a_value_for_a_node_that_is_not_sent_is_not_lost_silently(tmp_path: Path) -> None:
    for node_id in ("7", "_comment", "b"):
        with pytest.raises(Problem, match=f"#{node_id} is not in the workflow") as caught:
            SubmitBody({InputKey(node_id, "text"): "x"}, tmp_path, workflow=WORKFLOW)
        assert "Nothing was sent" in caught.value.detail


@pytest.mark.parametrize("workflow", [{}, {"_comment": "x"}, {"prompt": {"6": {}}}])
def test_a_workflow_without_a_node_is_not_sent(tmp_path: Path, workflow: JsonObject) -> None:
    with pytest.raises(Problem, match="no node"):
        SubmitBody({}, tmp_path, workflow=workflow)


@pytest.mark.parametrize("workflow", [None, WORKFLOW])
async def test_the_key_for_partner_nodes_goes_beside(
    tmp_path: Path, workflow: JsonObject | None
) -> None:
    key = "comfyui-0123456789"
    data, size = await whole({}, tmp_path, workflow=workflow, partner_key=key)
    sent = json.loads(data)
    assert sent["extra_data"] == {"api_key_comfy_org": key}
    assert sent.keys() == {"extra_data", "overrides" if workflow is None else "workflow_api_json"}
    assert size == len(data)
    assert SubmitBody({}, tmp_path, partner_key=key).secrets == (key,)
    assert SubmitBody({}, tmp_path, partner_key="no").secrets == ()


async def test_a_small_value_is_a_body_too() -> None:
    body = JsonBody({"name": "ü", "n": 1})
    data = b"".join([piece async for piece in body.chunks()])
    assert json.loads(data) == {"name": "ü", "n": 1}
    assert body.size_bytes == len(data)
    with pytest.raises(Problem, match="finite"):
        JsonBody({"n": float("inf")})
