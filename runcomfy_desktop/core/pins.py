"""Pins: the inputs that a person pinned, of the draft in view; every wish is stored by itself."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from runcomfy_desktop.core.notices import Notice, NoticeLevel
from runcomfy_desktop.core.topic import Subscriptions, Topic
from runcomfy_desktop.domain.pin import (
    MAX_PINS,
    Pin,
    limit_faults,
    moved,
    narrowed_range,
    pin_of,
    placed_pins,
    shown_pins,
)
from runcomfy_desktop.domain.plain import one_line
from runcomfy_desktop.domain.seed_range import seed_range
from runcomfy_desktop.i18n import _, n_

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from runcomfy_desktop.core.aim import Aim
    from runcomfy_desktop.core.notices import Notices
    from runcomfy_desktop.core.workbench import BenchState, Workbench
    from runcomfy_desktop.domain.draft import Draft
    from runcomfy_desktop.domain.fault import Fault
    from runcomfy_desktop.domain.schema import Schema
    from runcomfy_desktop.domain.workflow import InputKey, Workflow
    from runcomfy_desktop.store.pins import PinStore

_ABOUT = "pins"
_MOST_NAMES = 10
_MOST_LETTERS = 60


@dataclass(frozen=True, slots=True)
class PinsState:
    """The pins of the draft in view whose inputs are there, in their order; `owner` is whose they
    are: a deployment's id, or a file's path behind `file:`. `lost` have no input there now."""

    pins: tuple[Pin, ...] = ()
    owner: str = ""
    lost: tuple[Pin, ...] = ()

    def of(self, key: InputKey) -> Pin | None:
        return next((pin for pin in self.pins if pin.key == key), None)


def owner_of(draft: Draft) -> str:
    """Whose pins a draft shows: all drafts of one deployment, or of one file, have the same."""
    return _file(draft.source.path) if draft.source.is_file else draft.deployment_id


def _file(path: str) -> str:
    return f"file:{path}"


class Pins:
    """Every intent returns at once. Publishes `changed`; tells the workbench which values are
    outside of a pin's limits.

    A pin whose node is not there now is kept: the workflow may be another one for a while.
    """

    def __init__(self, workbench: Workbench, store: PinStore, notices: Notices) -> None:
        self.state = PinsState()
        self.changed: Topic[PinsState] = Topic()
        self._workbench = workbench
        self._store = store
        self._notices = notices
        self._all: dict[str, tuple[Pin, ...]] = {}
        self._placed: tuple[tuple[Sequence[Pin], Workflow | None], dict[int, Pin]]
        self._placed = (((), None), {})
        self._links = Subscriptions()
        self._links.add(workbench.changed, self._on_bench_changed)
        workbench.doubts = self._faults
        workbench.seeds.range_of = self._seed_range

    async def open(self) -> None:
        """Reads what was pinned before; call it before anything is pinned."""
        self._all = await self._store.load()
        self._workbench.look_again()
        self._look(self._workbench.state)

    async def close(self) -> None:
        self._links.close()
        await self._store.close()

    # Intents

    def pin(self, *keys: InputKey) -> None:
        """Pins inputs of the draft in view, behind those that are pinned."""
        draft = self._workbench.state.draft
        if draft is None:
            return
        nodes, here = draft.workflow.nodes, {pin.key for pin in self.state.pins}
        fresh = [key for key in dict.fromkeys(keys) if key not in here and key.node_id in nodes]
        self._add([pin_of(key, draft.workflow) for key in fresh])

    def unpin(self, *keys: InputKey) -> None:
        """Lets go of pins, which can be undone."""
        gone = {at for at, pin in self._here().items() if pin.key in keys}
        if not gone:
            return
        text = n_("%d input is no longer pinned.", "%d inputs are no longer pinned.", len(gone))
        pins = tuple(pin for at, pin in enumerate(self._own()) if at not in gone)
        self._take(pins, undo=text % len(gone))

    def unpin_lost(self) -> None:
        """Lets go of the pins that have no input there now, which can be undone."""
        lost = self.state.lost
        if not lost:
            self._notices.info(_("Every pin has its input here."))
            return
        shown = {pin.key for pin in self.state.pins}
        here = self._here()
        pins = [pin for at, pin in enumerate(self._own()) if at in here and here[at].key in shown]
        text = n_(
            "%d pin without an input is gone.", "%d pins without an input are gone.", len(lost)
        )
        self._take(pins, undo=text % len(lost), detail=_names_of(lost))

    def move(self, key: InputKey, to: int) -> None:
        """Puts a pin at a place among those that are shown."""
        spots = {pin.key: at for at, pin in self._here().items()}
        shown = [spots[pin.key] for pin in self.state.pins]
        if key not in spots or not shown:
            return
        goal = shown[min(max(to, 0), len(shown) - 1)]
        self._take(moved(self._current(), spots[key], goal))

    def edit(self, pin: Pin, aim: Aim | None = None) -> None:
        """Gives the pin of an input another name, hint and limits; `aim` is the draft that it is
        for, which need not be in view any more."""
        draft = self._workbench.state.draft if aim is None else aim.draft
        if draft is None:
            return
        owner, here = owner_of(draft), self._placed_in(draft)
        spot = next((at for at, each in here.items() if each.key == pin.key), None)
        pins = [here.get(at, each) for at, each in enumerate(self._all.get(owner, ()))]
        if spot is not None and pins[spot] != pin:
            pins[spot] = pin
            self._take(pins, undo=_("The pin was changed."), owner=owner)

    def take(self, pins: Sequence[Pin]) -> Callable[[], None] | None:
        """Takes over pins that came with a preset; those of inputs that are pinned already take
        their place. Returns what takes them back as long as the pins are the same, or None where
        nothing has changed."""
        draft = self._workbench.state.draft
        if draft is None:
            return None
        found = list(placed_pins(pins, draft.workflow).values())
        by_key = {pin.key: pin for pin in found}
        spots = {pin.key: at for at, pin in self._here().items()}
        own = [
            pin if spots.get(pin.key) != at else by_key.get(pin.key, pin)
            for at, pin in enumerate(self._current())
        ]
        fresh = [pin for pin in found if pin.key not in spots]
        owner, before = self._owner, self._own()
        if not found or (*own, *fresh) == before:
            return None
        self._take((*own, *fresh))
        taken = self._own()

        def take_back() -> None:
            if self._all.get(owner, ()) == taken:
                self._put(owner, before)

        return take_back

    def hand_over(self, moved: tuple[str, str]) -> None:
        """A deployment is deleted, and what was edited of it is a file now: its pins are, too."""
        deployment_id, path = moved
        pins = self._all.pop(deployment_id, ())
        if pins:
            self._all.setdefault(_file(path), pins)
            self._store.save(dict(self._all))

    # Inside

    def _own(self) -> tuple[Pin, ...]:
        """All pins of the draft in view, as they are kept."""
        return self._all.get(self._owner, ())

    @property
    def _owner(self) -> str:
        draft = self._workbench.state.draft
        return "" if draft is None else owner_of(draft)

    def _here(self) -> Mapping[int, Pin]:
        """Those that have a node in the draft in view, by their places among all."""
        draft = self._workbench.state.draft
        return {} if draft is None else self._placed_in(draft)

    def _placed_in(self, draft: Draft) -> Mapping[int, Pin]:
        pins = self._all.get(owner_of(draft), ())
        about, found = self._placed
        if about[0] is not pins or about[1] is not draft.workflow:
            found = placed_pins(pins, draft.workflow) if pins else {}
            self._placed = ((pins, draft.workflow), found)
        return found

    def _current(self) -> list[Pin]:
        """All pins of the draft in view, where they are now."""
        here = self._here()
        return [here.get(at, pin) for at, pin in enumerate(self._own())]

    def _add(self, fresh: Sequence[Pin]) -> None:
        pins = (*self._current(), *fresh)
        if len(pins) > MAX_PINS:
            text = _("No more than %d inputs can be pinned of one workflow.")
            self._notices.info(text % MAX_PINS, _("Unpin some of them first."))
        elif fresh:
            self._take(pins)

    def _take(
        self, pins: Iterable[Pin], *, undo: str = "", detail: str = "", owner: str = ""
    ) -> None:
        """Has these pins from now on; with `undo` it is told, and can be taken back. `owner` is
        another one than that of the draft in view."""
        owner = owner or self._owner
        before = self._all.get(owner, ())
        self._put(owner, tuple(pins)[:MAX_PINS])
        if undo:
            self._notices.tell(
                Notice(
                    NoticeLevel.INFO,
                    undo,
                    detail,
                    action_text=_("Undo"),
                    action=lambda: self._put(owner, before),
                    about=_ABOUT,
                )
            )

    def _put(self, owner: str, pins: tuple[Pin, ...]) -> None:
        before = self._all.get(owner, ())
        if pins == before or not owner:
            return
        self._all[owner] = pins
        self._store.save(dict(self._all))
        if _limits(before) != _limits(pins):
            self._workbench.look_again()
        self._look(self._workbench.state)

    def _on_bench_changed(self, state: BenchState) -> None:
        self._look(state)

    def _look(self, state: BenchState) -> None:
        draft = state.draft
        now = PinsState()
        if draft is not None:
            placed = self._placed_in(draft)
            pins = shown_pins(placed.values(), draft, state.schema) if placed else ()
            now = PinsState(pins, owner_of(draft), self._lost(draft, placed, pins))
        if now != self.state:
            self.state = now
            self.changed.publish(now)

    def _lost(
        self, draft: Draft, placed: Mapping[int, Pin], shown: Sequence[Pin]
    ) -> tuple[Pin, ...]:
        there = {pin.key for pin in shown}
        own = enumerate(self._all.get(owner_of(draft), ()))
        return tuple(pin for at, pin in own if at not in placed or placed[at].key not in there)

    def _seed_range(self, draft: Draft, key: InputKey, schema: Schema | None) -> tuple[int, int]:
        low, high = seed_range(draft, key, schema)
        pin = next((each for each in self._placed_in(draft).values() if each.key == key), None)
        return narrowed_range(low, high, pin)

    def _faults(self, draft: Draft, schema: Schema | None) -> Mapping[InputKey, Fault]:
        limited = [pin for pin in self._placed_in(draft).values() if _is_limited(pin)]
        return limit_faults(shown_pins(limited, draft, schema), draft, schema)


def _names_of(pins: Sequence[Pin]) -> str:
    names = [
        one_line(pin.label or f"{pin.title or pin.class_type} · {pin.key.name}") for pin in pins
    ]
    more = len(names) - _MOST_NAMES
    if more > 0:
        names[_MOST_NAMES:] = [n_("%d more", "%d more", more) % more]
    return ", ".join(name[:_MOST_LETTERS] for name in names)


def _limits(pins: Iterable[Pin]) -> list[Pin]:
    return [replace(pin, label="", hint="") for pin in pins if _is_limited(pin)]


def _is_limited(pin: Pin) -> bool:
    return pin.minimum is not None or pin.maximum is not None
