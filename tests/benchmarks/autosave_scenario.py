"""Process measured by `autosave`; argument: `DATA_DIR`."""

from __future__ import annotations

import asyncio
import hashlib
import json
import sys
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from runcomfy_desktop.core.editor.draft_editor import DraftEditor
from runcomfy_desktop.domain.drafts.draft import Draft, DraftSource
from runcomfy_desktop.domain.media.media import MediaFile
from runcomfy_desktop.domain.workflow.workflow import InputKey, Node, Workflow
from runcomfy_desktop.store.atomic_write import write_atomic
from runcomfy_desktop.store.draft_summaries import draft_path
from runcomfy_desktop.store.drafts import DraftStore
from tests.benchmarks.json_output import print_result
from tests.support.async_wait import wait_until

if TYPE_CHECKING:
    from collections.abc import Callable

    from runcomfy_desktop.domain.base.json_value import Json
    from runcomfy_desktop.domain.drafts.draft import Value

_NODES, _CHANGES, _EDITS, _TICK_S = 1000, 500, 20, 0.001
_PICTURE, _TEXT = 20_000_000, "a word of a prompt that is very long\n" * 140_000


def _workflow() -> Workflow:
    inputs: dict[str, Json] = {"text": "a", "seed": 1, "steps": 20, "image": "a.png"}
    return Workflow({str(n): Node(str(n), "Node", f"Node {n}", inputs) for n in range(_NODES)})


def _changes(folder: Path) -> dict[InputKey, Value]:
    data = b"\x89PNG" + bytes(_PICTURE - 4)
    sha256 = hashlib.sha256(data).hexdigest()
    picture = MediaFile("bike.png", f"{sha256}.png", sha256, "image/png", _PICTURE, 4000, 4000)
    write_atomic(folder / "media" / picture.stored_name, data)
    changes: dict[InputKey, Value] = {InputKey(str(n), "seed"): n + 2 for n in range(_CHANGES)}
    return {**changes, InputKey("1", "text"): _TEXT, InputKey("2", "image"): picture}


class _GapTicker:
    """Measures the longest time for which the event loop was blocked."""

    def __init__(self) -> None:
        self.gap_ms = 0.0
        self._task = asyncio.get_running_loop().create_task(self._run())

    async def _run(self) -> None:
        before_s = time.perf_counter()
        while True:
            await asyncio.sleep(_TICK_S)
            now_s = time.perf_counter()
            self.gap_ms = max(self.gap_ms, (now_s - before_s) * 1000)
            before_s = now_s

    def end(self) -> float:
        self._task.cancel()
        return self.gap_ms


def _timed_ms(action: Callable[[], object]) -> float:
    started_s = time.perf_counter()
    action()
    return (time.perf_counter() - started_s) * 1000


def _edit(draft_editor: DraftEditor, number: int) -> None:
    draft_editor.edit({InputKey("7", "steps"): 100 + number}, "Steps", merge_key="steps")


def _written_ns(path: Path) -> int:
    return path.stat().st_mtime_ns if path.exists() else 0


async def _until_written(path: Path, before_ns: int) -> float:
    started_s = time.perf_counter()
    await wait_until(lambda: _written_ns(path) != before_ns)
    return (time.perf_counter() - started_s) * 1000


async def _scenario(folder: Path) -> dict[str, object]:
    draft_editor, store = (
        DraftEditor(),
        DraftStore(folder / "drafts", lambda error: sys.exit(str(error))),
    )
    draft = Draft(_workflow(), DraftSource("big.json", str(folder / "big.json"), content="c"))
    draft_editor.open_draft(draft)
    draft_editor.edit(_changes(folder), "Everything")
    without = [_timed_ms(partial(_edit, draft_editor, number)) for number in range(_EDITS)]
    idle = _GapTicker()
    await asyncio.sleep(1)
    idle_gap_ms = idle.end()
    draft_editor.edited.subscribe(store.save)
    path = draft_path(folder / "drafts", draft.key)
    edits, disk, ticks = [], [], _GapTicker()
    for number in range(_EDITS):
        before_ns = _written_ns(path)
        edits.append(_timed_ms(partial(_edit, draft_editor, _EDITS + number)))
        disk.append(await _until_written(path, before_ns))
    gap_ms = ticks.end()
    await store.close()
    data = path.read_bytes()
    assert json.loads(data)["changes"]["7"]["steps"] == 100 + 2 * _EDITS - 1
    plain = [_timed_ms(lambda: write_atomic(folder / "plain", data)) for _number in range(_EDITS)]
    return {
        "edit_ms": edits,
        "edit_without_ms": without,
        "disk_ms": disk,
        "plain_ms": plain,
        "gap_ms": gap_ms,
        "idle_gap_ms": idle_gap_ms,
        "file_mb": len(data) / 1e6,
    }


if __name__ == "__main__":
    print_result(asyncio.run(_scenario(Path(sys.argv[1]))))
