"""A screen reader with nobody in front of it: reads and presses by names and roles, and listens.

Run by the system's own Python, which has pyatspi (`/usr/bin/python3 screen_reader_process.py`).
What is there it asks the accessibility bus itself: pyatspi puts one question at a time. It takes
one JSON request in each line of its input and gives one JSON answer in each line of its output;
tests/e2e/screen_reader_client.py is the other end. It knows nothing of the program but what the
accessibility bus tells: no coordinates, no object names, no keys.
"""

from __future__ import annotations

import json
import os
import re
import sys
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import gi  # type: ignore[import-not-found]
import pyatspi  # type: ignore[import-not-found]

gi.require_version("Atspi", "2.0")
from gi.repository import Atspi, Gio, GLib  # type: ignore[import-not-found]  # noqa: E402

# A busy computer answers late; nobody has to hurry here.
_TIMEOUT_MS = 30_000
_MAX_DEPTH = 40
_INTERFACE_PREFIX = "org.a11y.atspi."
_ROOT = "/org/a11y/atspi/accessible/root"
_MAX_CHILDREN = 400
# Names of roles that differ from one version of at-spi2-core to the next.
_ROLES = {"button": "push button", "menu button": "button menu"}
_STATES = {
    "showing": pyatspi.STATE_SHOWING,
    "enabled": pyatspi.STATE_ENABLED,
    "sensitive": pyatspi.STATE_SENSITIVE,
    "focusable": pyatspi.STATE_FOCUSABLE,
    "focused": pyatspi.STATE_FOCUSED,
    "editable": pyatspi.STATE_EDITABLE,
    "checked": pyatspi.STATE_CHECKED,
    "selected": pyatspi.STATE_SELECTED,
    "expandable": pyatspi.STATE_EXPANDABLE,
    "expanded": pyatspi.STATE_EXPANDED,
    "modal": pyatspi.STATE_MODAL,
    "active": pyatspi.STATE_ACTIVE,
}


class NotOnBusError(Exception):
    """Nothing on the bus is as was asked for."""


class BusNode(NamedTuple):
    """Something on the bus: whose it is, and where it is there."""

    owner: str
    path: str


class BusCall(NamedTuple):
    """A question to a node; `value` is what goes with it."""

    node: BusNode
    interface: str
    method: str
    value: Any = None


class AccessibilityBus:
    """The accessibility bus. Many questions are put at once, and their answers awaited together:
    one after the other, a window of a thousand things would take seconds to be read."""

    def __init__(self) -> None:
        self._connection = Gio.DBusConnection.new_for_address_sync(
            os.environ["AT_SPI_BUS_ADDRESS"],
            Gio.DBusConnectionFlags.AUTHENTICATION_CLIENT
            | Gio.DBusConnectionFlags.MESSAGE_BUS_CONNECTION,
            None,
            None,
        )

    def call(self, call: BusCall) -> Any:
        (answer,) = self.call_all([call])
        if isinstance(answer, GLib.GError):
            raise answer
        return answer

    def call_all(self, calls: list[BusCall]) -> list[Any]:
        """The answers, in order; for each that failed its error."""
        answers: list[Any] = [None] * len(calls)
        remaining = len(calls)
        context = GLib.MainContext.new()

        def done(line: Any, result: Any, at: int) -> None:
            nonlocal remaining
            try:
                found = line.call_finish(result).unpack()
                answers[at] = found[0] if len(found) == 1 else found
            except GLib.GError as error:
                answers[at] = error
            remaining -= 1

        context.push_thread_default()
        try:
            for at, (node, interface, method, value) in enumerate(calls):
                where = (node.owner, node.path, interface, method, value)
                flags = Gio.DBusCallFlags.NONE
                self._connection.call(*where, None, flags, _TIMEOUT_MS, None, done, at)
            while remaining:
                context.iteration(True)
        finally:
            context.pop_thread_default()
        return answers

    # Questions

    def children(self, nodes: list[BusNode]) -> list[list[BusNode]]:
        replies = self.call_all(
            [BusCall(each, _INTERFACE_PREFIX + "Accessible", "GetChildren") for each in nodes]
        )
        # What went away while it was looked at has none.
        return [
            []
            if isinstance(found, GLib.GError)
            else list(map(BusNode._make, found[:_MAX_CHILDREN]))
            for found in replies
        ]

    def states(self, nodes: list[BusNode]) -> list[int]:
        """A bit for each state; none for what went away."""
        replies = self.call_all(
            [BusCall(each, _INTERFACE_PREFIX + "Accessible", "GetState") for each in nodes]
        )
        return [0 if isinstance(each, GLib.GError) else each[0] | each[1] << 32 for each in replies]

    def roles(self, nodes: list[BusNode]) -> list[str]:
        """The names of their roles, "" for what went away."""
        replies = self.call_all(
            [BusCall(each, _INTERFACE_PREFIX + "Accessible", "GetRole") for each in nodes]
        )
        names = ["" if isinstance(each, GLib.GError) else role_name(each) for each in replies]
        return [_ROLES.get(name, name) for name in names]

    def names(self, nodes: list[BusNode], what: str = "Name") -> list[str]:
        replies = self.call_all([property_of(each, "Accessible", what) for each in nodes])
        return ["" if isinstance(each, GLib.GError) else str(each) for each in replies]

    def interfaces(self, nodes: list[BusNode]) -> list[set[str]]:
        replies = self.call_all(
            [BusCall(each, _INTERFACE_PREFIX + "Accessible", "GetInterfaces") for each in nodes]
        )
        return [
            set()
            if isinstance(each, GLib.GError)
            else {one.removeprefix(_INTERFACE_PREFIX) for one in each}
            for each in replies
        ]

    def actions(self, nodes: list[BusNode]) -> list[list[str]]:
        able = [
            node
            for node, found in zip(nodes, self.interfaces(nodes), strict=True)
            if "Action" in found
        ]
        replies = self.call_all(
            [BusCall(each, _INTERFACE_PREFIX + "Action", "GetActions") for each in able]
        )
        known = {
            node: [] if isinstance(found, GLib.GError) else [str(each[0]) for each in found]
            for node, found in zip(able, replies, strict=True)
        }
        return [known.get(node, []) for node in nodes]

    def facts(self, nodes: list[BusNode]) -> list[dict[str, Any]]:
        found = zip(
            self.roles(nodes),
            self.names(nodes),
            self.names(nodes, "Description"),
            self.actions(nodes),
            self.states(nodes),
            strict=True,
        )
        return [
            {
                "role": role,
                "name": name,
                "description": description,
                "actions": actions,
                "states": [word for word, state in _STATES.items() if states >> int(state) & 1],
            }
            for role, name, description, actions, states in found
        ]

    def content(self, node: BusNode) -> str:
        """The text in it, or its value as a text; "" for what has neither."""
        (there,) = self.interfaces([node])
        if "Text" in there:
            count = self.call(property_of(node, "Text", "CharacterCount"))
            return str(
                self.call(
                    BusCall(node, _INTERFACE_PREFIX + "Text", "GetText", variant("(ii)", 0, count))
                )
            )
        if "Value" in there:
            return f"{self.call(property_of(node, 'Value', 'CurrentValue')):g}"
        return ""

    def describe(self, node: BusNode) -> str:
        (known,) = self.facts([node])
        inside = self.content(node)
        more = [inside[:60], known["description"][:60], ",".join(known["actions"])]
        default_states = ("showing", "enabled", "sensitive")
        states = [each for each in known["states"] if each not in default_states]
        if "enabled" not in known["states"]:
            states.append("disabled")
        more.append(" ".join(states))
        description = " | ".join(part for part in more if part)
        return f"{known['role']} “{known['name']}”  {description}"

    # Looking

    def app(self, pid: int) -> BusNode:
        root = BusNode("org.a11y.atspi.Registry", _ROOT)
        (apps,) = self.children([root])
        whose = BusNode("org.freedesktop.DBus", "/org/freedesktop/DBus")
        ask = "GetConnectionUnixProcessID"
        replies = self.call_all(
            [BusCall(whose, whose.owner, ask, variant("(s)", a.owner)) for a in apps]
        )
        for app, found in zip(apps, replies, strict=True):
            if found == pid:
                return app
        raise NotOnBusError(f"No program with the process id {pid} is on the bus")

    def reachable(self, locations: list[NodeLocation]) -> list[NodeLocation]:
        """What can be met in them: what is on the screen, and all of a tree, which scrolls."""
        found = [
            NodeLocation(child, (*location.at, number), location.in_tree)
            for location, inside in zip(
                locations, self.children([each.node for each in locations]), strict=True
            )
            for number, child in enumerate(inside)
        ]
        showing = self.states([each.node for each in found])
        shown = [
            each
            for each, states in zip(found, showing, strict=True)
            if each.in_tree or states >> int(pyatspi.STATE_SHOWING) & 1
        ]
        for each, role in zip(shown, self.roles([each.node for each in shown]), strict=True):
            each.role = role
            each.in_tree = each.in_tree or role == "tree"
        return shown

    def walk(self, top: BusNode) -> list[NodeLocation]:
        """`top` and everything within it, in reading order."""
        (role,) = self.roles([top])
        level = found = [NodeLocation(top, (), role == "tree", role)]
        for _depth in range(_MAX_DEPTH):
            level = self.reachable(level)
            found = found + level
        return sorted(found, key=lambda each: each.at)

    def within(
        self, tops: list[NodeLocation], step: dict[str, str], in_tree: bool
    ) -> list[NodeLocation]:
        """What fits in them; what lies in something that fits is not looked at.

        A tree is only looked through by a path that names it: each of its many things costs the
        program and the bus some questions.
        """
        found: list[NodeLocation] = []
        level = tops
        while level:
            there = self.reachable(level)
            named = [each for each in there if re.fullmatch(step["role"], each.role)]
            names = self.names([each.node for each in named])
            fitting = {
                each.at
                for each, name in zip(named, names, strict=True)
                if re.fullmatch(step["name"], name, re.DOTALL)
            }
            found += [each for each in there if each.at in fitting]
            level = [
                each
                for each in there
                if each.at not in fitting and (in_tree or each.role != "tree")
            ]
        return sorted(found, key=lambda each: each.at)


@dataclass
class NodeLocation:
    """A node, and where it was met: the number of each child on the way to it."""

    node: BusNode
    at: tuple[int, ...]
    in_tree: bool = False
    role: str = field(default="", compare=False)


def property_of(node: BusNode, interface: str, name: str) -> BusCall:
    arguments = variant("(ss)", _INTERFACE_PREFIX + interface, name)
    return BusCall(node, "org.freedesktop.DBus.Properties", "Get", arguments)


def variant(kind: str, *values: Any) -> Any:
    return GLib.Variant(kind, values)


def role_name(role: int) -> str:
    return str(Atspi.role_get_name(Atspi.Role(role)))


class BusReader:
    """Looks at one program on the bus and remembers what was said."""

    def __init__(self) -> None:
        self._bus = AccessibilityBus()
        self._announcements: list[dict[str, Any]] = []
        # Where the keyboard is, as it was told last: of a list that has it not, the current row
        # still says that it is focused.
        self._focus: BusNode | None = None
        Atspi.set_timeout(_TIMEOUT_MS, _TIMEOUT_MS)
        listen = pyatspi.Registry.registerEventListener
        listen(self._on_announcement, "object:announcement")
        listen(self._on_focus, "object:state-changed:focused")

    def _on_announcement(self, event: Any) -> None:
        self._announcements.append({"text": str(event.any_data), "politeness": event.detail1})

    def _on_focus(self, event: Any) -> None:
        if event.detail1:
            self._focus = BusNode(event.source.app.bus_name, event.source.path)

    # Requests

    def do_heard(self) -> list[dict[str, Any]]:
        """All that was said up to now, oldest first."""
        return self._announcements

    def do_tree(self, pid: int) -> str:
        """What can be met, one line for each, further in for what is within."""
        lines = []
        for location in self._bus.walk(self._bus.app(pid)):
            try:
                lines.append("  " * len(location.at) + self._bus.describe(location.node))
            except GLib.GError:
                lines.append("  " * len(location.at) + "gone")
        return "\n".join(lines)

    def do_nodes(self, pid: int, path: list[dict[str, str]] | None = None) -> list[dict[str, Any]]:
        """Everything that can be met in a place, or at all, in reading order, each with the number
        of its parent."""
        locations = self._bus.walk(self._one(pid, path) if path else self._bus.app(pid))
        number = {location.at: at for at, location in enumerate(locations)}
        known = self._bus.facts([location.node for location in locations])
        return [
            {**facts, "parent": number[location.at[:-1]] if location.at else -1}
            for location, facts in zip(locations, known, strict=True)
        ]

    def do_find(self, pid: int, path: list[dict[str, str]]) -> list[dict[str, Any]]:
        return self._bus.facts(self._all(pid, path))

    def do_press(self, pid: int, path: list[dict[str, str]], action: str = "") -> str:
        """Does an action by its name; without one, the first that presses something."""
        node = self._one(pid, path)
        (names,) = self._bus.actions([node])
        wanted = [action] if action else ["Press", "Toggle", "ShowMenu", "SetFocus"]
        for name in wanted:
            if name in names:
                number = variant("(i)", names.index(name))
                self._bus.call(BusCall(node, _INTERFACE_PREFIX + "Action", "DoAction", number))
                return name
        raise NotOnBusError(f"{self._bus.describe(node)} has no action {wanted}, only {names}")

    def do_write(self, pid: int, path: list[dict[str, str]], text: str) -> str:
        """Puts a text in the place of the one that is there."""
        return self._write(self._one(pid, path), text)

    def _write(self, node: BusNode, text: str) -> str:
        words = variant("(s)", text)
        if not self._bus.call(
            BusCall(node, _INTERFACE_PREFIX + "EditableText", "SetTextContents", words)
        ):
            raise NotOnBusError(f"{self._bus.describe(node)} takes no text")
        return self._bus.content(node)

    def do_place(self, pid: int, path: list[dict[str, str]]) -> list[int]:
        """Where its middle is on the screen."""
        node = self._one(pid, path)
        if "showing" not in self._bus.facts([node])[0]["states"]:
            raise NotOnBusError(f"{self._bus.describe(node)} is not on the screen")
        screen = variant("(u)", int(pyatspi.DESKTOP_COORDS))
        x, y, width, height = self._bus.call(
            BusCall(node, _INTERFACE_PREFIX + "Component", "GetExtents", screen)
        )
        return [x + width // 2, y + height // 2]

    def do_focused(self) -> dict[str, Any]:
        if self._focus is None:
            raise NotOnBusError("Nothing has the keyboard")
        return self._bus.facts([self._focus])[0]

    def do_type(self, name: str, text: str) -> str:
        """The same for whatever has the keyboard, if it is called `name`."""
        known = self.do_focused()
        if not re.fullmatch(name, known["name"]) or "editable" not in known["states"]:
            raise NotOnBusError(f"The keyboard is on {known}")
        assert self._focus is not None
        return self._write(self._focus, text)

    def do_set(self, pid: int, path: list[dict[str, str]], value: float) -> float:
        node = self._one(pid, path)
        words = variant(
            "(ssv)", _INTERFACE_PREFIX + "Value", "CurrentValue", GLib.Variant("d", value)
        )
        self._bus.call(BusCall(node, "org.freedesktop.DBus.Properties", "Set", words))
        return float(self._bus.call(property_of(node, "Value", "CurrentValue")))

    def do_focus(self, pid: int, path: list[dict[str, str]]) -> bool:
        return bool(
            self._bus.call(
                BusCall(self._one(pid, path), _INTERFACE_PREFIX + "Component", "GrabFocus")
            )
        )

    # Looking

    def _one(self, pid: int, path: list[dict[str, str]]) -> BusNode:
        found = self._all(pid, path)
        if len(found) != 1:
            description = [self._bus.describe(each) for each in found]
            raise NotOnBusError(f"{path} fits {len(found)} things: {description}")
        return found[0]

    def _all(self, pid: int, path: list[dict[str, str]]) -> list[BusNode]:
        """What fits the last step of `path`, within what fits the steps before it."""
        locations = [NodeLocation(self._bus.app(pid), ())]
        in_tree = False
        for step in path:
            locations = self._bus.within(locations, step, in_tree)
            in_tree = in_tree or step.get("role") == "tree"
        return [location.node for location in locations]


class RequestPipe:
    """The two ends of the pipe: a request for each line, an answer for each line."""

    def __init__(self, reader: BusReader, loop: Any) -> None:
        self._reader = reader
        self._loop = loop
        # Without a buffer, in which a request could lie unseen.
        self._requests = os.fdopen(sys.stdin.fileno(), "rb", buffering=0)
        GLib.unix_fd_add_full(0, sys.stdin.fileno(), GLib.IOCondition.IN, self._on_line, None)

    def _on_line(self, _fd: int, _condition: Any, _data: Any) -> bool:
        line = self._requests.readline()
        if not line:
            self._loop.quit()
            return False
        request = json.loads(line)
        print(json.dumps(self._answer(request)), flush=True)
        return True

    def _answer(self, request: dict[str, Any]) -> dict[str, Any]:
        method = getattr(self._reader, f"do_{request.pop('do')}")
        try:
            return {"answer": method(**request)}
        except NotOnBusError as missing:
            return {"missing": str(missing)}
        except (GLib.GError, NotImplementedError, LookupError) as error:
            # Somebody else's window changes while it is read: asking again is the cure.
            return {"missing": f"{type(error).__name__}: {error}"}


def main() -> None:
    loop = GLib.MainLoop()
    RequestPipe(BusReader(), loop)
    print(json.dumps({"answer": "ready"}), flush=True)
    loop.run()


if __name__ == "__main__":
    main()
