"""Drafts that the disk does not give for a moment: they keep their row, and open once it does."""

from __future__ import annotations

import asyncio
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from runcomfy_desktop.store.draft_heads import draft_file
from tests.support.draft_house import KONTEXT, SEED, STEPS, house, write
from tests.support.until import settled, until

if TYPE_CHECKING:
    from collections.abc import Iterator

    from runcomfy_desktop.store.draft_heads import DraftHeads
    from tests.support.draft_house import House

TITLE = "Night in blue"
UNREAD = "A draft could not be read."
ODD = "This draft cannot be read, so it cannot be opened."


async def with_a_further_one(folder: Path) -> str:
    """Stores two drafts of a file, of which the first one is in view, and one of another file."""
    async with house(folder, is_online=False) as parts:
        await parts.opens(write(folder / "car.json"))
        parts.bench.edit({SEED: 4}, "Seed")
        await parts.opens(write(folder / "bike.json"))
        first = parts.draft.key
        parts.bench.edit({SEED: 5}, "Seed")
        parts.drafts.new()
        key = parts.draft.key
        parts.drafts.rename(key, TITLE)
        parts.bench.edit({SEED: 6}, "Seed")
        parts.drafts.open(first)
    return key


@contextmanager
def refused(path: Path) -> Iterator[None]:
    """Another program has the file for itself meanwhile."""
    opened = Path.open

    def refusing(self: Path, *args: Any, **kwargs: Any) -> Any:
        if self == path:
            raise PermissionError(13, "It is used by another process", str(self))
        return opened(self, *args, **kwargs)

    def read(self: Path) -> bytes:
        with self.open("rb") as file:
            data: bytes = file.read()
            return data

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Path, "open", refusing)
        patch.setattr(Path, "read_bytes", read)
        yield


async def at_rest(parts: House) -> None:
    """Waits until all is done that was begun for drafts."""
    await parts.drafts._tasks.finish()


async def test_one_that_was_listed_keeps_its_row_and_opens_later(tmp_path: Path) -> None:
    key = await with_a_further_one(tmp_path)
    async with house(tmp_path, is_online=False) as parts:
        await parts.shows("bike.json")
        rows = parts.drafts.state.rows
        with refused(draft_file(tmp_path / "drafts", key)):
            parts.drafts.open(key)
            await until(lambda: parts.told)
            await at_rest(parts)
        assert [notice.title for notice in parts.told] == [UNREAD]
        assert parts.drafts.state.rows == rows
        parts.drafts.open(key)
        await parts.shows(TITLE)
        assert parts.draft.changes == {SEED: 6}
        parts.bench.edit({STEPS: 7}, "Steps")
        await parts.store.flush()
        parts.drafts.reread()
        await at_rest(parts)
        assert not any(row.is_odd for row in parts.drafts.state.rows)


async def test_a_first_one_that_is_shown_without_its_changes_is_listed_by_its_file(
    tmp_path: Path,
) -> None:
    async with house(tmp_path) as parts:
        parts.catalogue.open(KONTEXT)
        await until(lambda: parts.draft.deployment_id == KONTEXT)
        parts.bench.edit({SEED: 5}, "Seed")
        await parts.opens(write(tmp_path / "bike.json"))
        parts.bench.edit({SEED: 6}, "Seed")
    path = draft_file(tmp_path / "drafts", KONTEXT)
    async with house(tmp_path) as parts:
        await parts.shows("bike.json")
        with refused(path):
            parts.drafts.open(KONTEXT)
            await until(lambda: parts.draft.key == KONTEXT)
            await at_rest(parts)
            await parts.opens(tmp_path / "bike.json")
        # Nothing was typed in it; what lies there is not what would be opened.
        assert sorted(parts.titles) == sorted(["bike.json", path.name])
        parts.drafts.open(path.name)
        await until(lambda: parts.draft.key == KONTEXT)
        assert parts.draft.changes == {SEED: 5}
        assert path.name not in parts.titles


async def test_one_that_is_in_view_without_its_changes_is_said_to_lie_there(
    tmp_path: Path,
) -> None:
    async with house(tmp_path) as parts:
        parts.catalogue.open(KONTEXT)
        await until(lambda: parts.draft.deployment_id == KONTEXT)
        parts.bench.edit({SEED: 5}, "Seed")
    path = draft_file(tmp_path / "drafts", KONTEXT)
    with ExitStack() as disk:
        disk.enter_context(refused(path))
        async with house(tmp_path) as parts:
            await until(lambda: parts.draft.key == KONTEXT)
            await at_rest(parts)
            disk.close()
            told = len(parts.told)
            parts.drafts.open(path.name)
            await until(lambda: len(parts.told) > told)
            assert parts.told[-1].title == ODD
            assert parts.row(path.name).is_odd
            parts.bench.edit({SEED: 7}, "Seed")
    assert path.with_name(f"{path.stem}.broken-1.json").exists()


async def test_one_that_was_never_listed_is_looked_for_again_when_it_is_clicked(
    tmp_path: Path,
) -> None:
    key = await with_a_further_one(tmp_path)
    path = draft_file(tmp_path / "drafts", key)
    with ExitStack() as disk:
        disk.enter_context(refused(path))
        async with house(tmp_path, is_online=False) as parts:
            await parts.shows("bike.json")
            assert parts.row(path.name).is_odd
            parts.drafts.open(path.name)
            await until(lambda: parts.told)
            assert [notice.title for notice in parts.told] == [ODD]
            disk.close()
            parts.drafts.open(path.name)
            await parts.shows(TITLE)
            assert parts.draft.changes == {SEED: 6}
            assert path.name not in parts.titles
            assert len(parts.told) == 1


async def test_one_that_is_gone_when_it_is_clicked_is_said_to_be(tmp_path: Path) -> None:
    await with_a_further_one(tmp_path)
    path = draft_file(tmp_path / "drafts", "odd")
    path.write_text("{")
    async with house(tmp_path, is_online=False) as parts:
        await parts.shows("bike.json")
        path.unlink()
        parts.drafts.open(path.name)
        await until(lambda: parts.told)
        assert [notice.title for notice in parts.told] == ["A draft is not there any more."]
        assert path.name not in parts.titles


async def test_what_was_asked_for_since_stays_in_view(tmp_path: Path) -> None:
    key = await with_a_further_one(tmp_path)
    path = draft_file(tmp_path / "drafts", key)
    with ExitStack() as disk:
        disk.enter_context(refused(path))
        async with house(tmp_path, is_online=False) as parts:
            await parts.shows("bike.json")
            disk.close()
            await overtaken(parts, key)


async def overtaken(parts: House, key: str) -> None:
    """Asks for the one that was not given, and for another while the folder is read."""
    heads, asked, go_on = parts.store.heads, asyncio.Event(), asyncio.Event()

    async def late() -> DraftHeads:
        found = await heads()
        asked.set()
        await go_on.wait()
        return found

    parts.store.heads = late  # type: ignore[method-assign]
    parts.drafts.open(draft_file(parts.store.folder, key).name)
    await asked.wait()
    parts.drafts.open(parts.row("car.json").key)
    seen: list[str] = []
    parts.bench.changed.subscribe(lambda _bench: seen.append(parts.draft.key))
    go_on.set()
    await parts.shows("car.json")
    await at_rest(parts)
    await settled(lambda: len(seen))
    assert key not in seen
