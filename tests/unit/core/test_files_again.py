"""A file of the editor that is converted once more: what was decided meanwhile stays."""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING, Any

import pytest

from runcomfy_desktop.core.open_drafts import OpenDrafts
from runcomfy_desktop.core.preset_followers import use_preset
from runcomfy_desktop.domain.deployment import Deployment, Payload
from runcomfy_desktop.domain.schema import Schema
from runcomfy_desktop.domain.workflow import InputKey
from tests.support.editor_graphs import CLASSES
from tests.support.until import until
from tests.unit.core.test_files import DEPLOYED, House, editor_file, house, shown

if TYPE_CHECKING:
    from pathlib import Path

STEPS = InputKey("1", "steps")
ELSEWHERE = Deployment("e", "car", payload=Payload({"1": {"class_type": "Load", "inputs": {}}}))


class LateClasses(dict[str, Any]):
    """The first worker thread that asks for a class waits for `go_on`; all others do not."""

    def __init__(self) -> None:
        super().__init__(CLASSES)
        self.go_on, self.asked = threading.Event(), threading.Event()

    def get(self, key: str, default: Any = None) -> Any:
        is_worker = threading.current_thread() is not threading.main_thread()
        if is_worker and not self.asked.is_set():
            self.asked.set()
            self.go_on.wait(10)
        return super().get(key, default)


def is_converting() -> bool:
    return any(task.get_name() == "convert again" for task in asyncio.all_tasks())


async def is_converted(parts: House) -> None:
    await until(lambda: STEPS in shown(parts.bench).workflow)


@pytest.mark.parametrize("deployment_id", ["e", ""])
@pytest.mark.parametrize("is_stored", [True, False])
async def test_the_deployment_chosen_meanwhile_stays(
    tmp_path: Path, deployment_id: str, is_stored: bool
) -> None:
    path = editor_file(tmp_path / "a.json", 7, "fixed", 33)
    if is_stored:
        async with house(tmp_path) as parts:
            parts.bench.open_deployment(DEPLOYED)
            parts.bench.set_schema("d", Schema(CLASSES))
            await parts.comes(path)
            parts.bench.edit({STEPS: 50}, "Edit")
    async with house(tmp_path) as parts:
        parts.bench.open_deployment(DEPLOYED)
        await parts.comes(path)
        assert shown(parts.bench).deployment_id == "d"
        parts.bench.set_schema("d", Schema(CLASSES))
        # It is being converted from here on.
        OpenDrafts(parts.bench).tell(shown(parts.bench).key, deployment_id=deployment_id)
        await is_converted(parts)
        draft = shown(parts.bench)
        assert draft.deployment_id == deployment_id
        assert draft.value(STEPS) == (50 if is_stored else 33)


async def test_a_deployment_that_came_meanwhile_stays(tmp_path: Path) -> None:
    async with house(tmp_path) as parts:
        parts.bench.open_deployment(DEPLOYED)
        await parts.comes(editor_file(tmp_path / "a.json", 7, "fixed", 33))
        parts.bench.set_schema("d", Schema(CLASSES))
        parts.bench.bind(ELSEWHERE, shown(parts.bench).key)
        await is_converted(parts)
        assert parts.bench.state.deployment == ELSEWHERE
        assert shown(parts.bench).deployment_id == "e"


async def test_the_name_and_the_preset_given_meanwhile_stay(tmp_path: Path) -> None:
    path = editor_file(tmp_path / "a.json", 7, "fixed", 33)
    async with house(tmp_path) as parts:
        parts.bench.open_deployment(DEPLOYED)
        parts.bench.set_schema("d", Schema(CLASSES))
        await parts.comes(path)
        key = shown(parts.bench).key
        parts.bench.edit({STEPS: 50}, "Edit")
        OpenDrafts(parts.bench).tell(key, title="Blue")
    async with house(tmp_path) as parts:
        parts.bench.open_deployment(DEPLOYED)
        await parts.comes(path)
        assert shown(parts.bench).title == "Blue"
        parts.bench.set_schema("d", Schema(CLASSES))
        OpenDrafts(parts.bench).tell(key, title="")
        use_preset(parts.bench, key, "Portrait.json")
        await is_converted(parts)
        draft = shown(parts.bench)
        assert (draft.title, draft.preset) == ("", "Portrait.json")
        assert draft.changes == {STEPS: 50}


@pytest.mark.real_clock
async def test_a_file_that_was_opened_anew_meanwhile_stays_as_it_is_now(tmp_path: Path) -> None:
    path, classes = tmp_path / "a.json", LateClasses()
    async with house(tmp_path) as parts:
        parts.bench.open_deployment(DEPLOYED)
        await parts.comes(editor_file(path, 7, "fixed", 33))
        parts.bench.set_schema("d", Schema(classes))
        await until(classes.asked.is_set)
        parts.files.open(str(editor_file(path, 7, "fixed", 44)))
        await is_converted(parts)
        assert shown(parts.bench).value(STEPS) == 44
        classes.go_on.set()
        await until(lambda: not is_converting())
        assert shown(parts.bench).value(STEPS) == 44
