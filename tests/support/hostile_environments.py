"""Malicious keys, addresses, disks, program files and callers, with the expected sentences.

The tests take the sentences from here, and the list in tests/hostile-inputs.md is generated from
them. Names in braces are placeholders.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from runcomfy_desktop.emulator.http_messages import Reply
from tests.support.hostile_cases import HostileEntry

if TYPE_CHECKING:
    from runcomfy_desktop.emulator.http_messages import Json, JsonObject


@dataclass(frozen=True)
class HostileAddress:
    """Malicious address entered as the address of the API."""

    name: str
    text: str
    expected_text: str


_ADDRESS = "This is not an address the API can have. {why} " + (
    "RunComfy's own address is https://api.runcomfy.net."
)
_NO_SERVER = _ADDRESS.format(why="It begins with https:// and names a server, without a user name.")
_NO_HTTP = _ADDRESS.format(why="Over http the key could be read on the way: it has to be https.")
_LOOK_ALIKE = _ADDRESS.format(why="It has letters in it that look like others. Type it yourself.")
_QUERY = _ADDRESS.format(why="It has neither a “?” nor a “#” in it.")
_PATH = _ADDRESS.format(why="Its path has signs in it that do not belong there.")

ADDRESSES = (
    HostileAddress(
        "RunComfy's name before another's", "https://api.runcomfy.net@evil.example/", _NO_SERVER
    ),
    HostileAddress(
        "the same behind a backslash", "https://api.runcomfy.net\\@evil.example/", _NO_SERVER
    ),
    HostileAddress(
        "a user name and a password", "https://user:secret@api.runcomfy.net", _NO_SERVER
    ),
    HostileAddress("a port that is none", "https://api.runcomfy.net:99999", _NO_SERVER),
    HostileAddress(
        "a host in place of the port", "https://api.runcomfy.net:443.evil.example", _NO_SERVER
    ),
    HostileAddress(
        "a Cyrillic letter in RunComfy's name", "https://api.runc\u043emfy.net", _LOOK_ALIKE
    ),
    HostileAddress(
        "a sign that becomes a slash", "https://api.runcomfy.net\uff0f@x.example", _LOOK_ALIKE
    ),
    HostileAddress("marks that turn it around", "https://\u202eten.yfmocnur.ipa", _LOOK_ALIKE),
    HostileAddress("http beyond this computer", "http://api.runcomfy.net", _NO_HTTP),
    HostileAddress(
        "http to a name that begins as this computer", "http://127.0.0.1.x.example", _NO_HTTP
    ),
    HostileAddress("http to a link-local IPv6 address", "http://[fe80::1]", _NO_HTTP),
    HostileAddress("a file", "file:///etc/passwd", _NO_SERVER),
    HostileAddress("a script", "javascript:alert(1)", _NO_SERVER),
    HostileAddress("a query", "https://api.runcomfy.net?to=evil.example", _QUERY),
    HostileAddress("a way up", "https://api.runcomfy.net/../x", _PATH),
)


@dataclass(frozen=True)
class RefusedKeyReply:
    """Response that refuses the key, in one of the service's dialects."""

    name: str
    reply: Reply
    expected_text: str
    """Sentence shown on the first page at the start."""

    @property
    def is_key_refused(self) -> bool:
        """True if the key itself is refused, not access to an object of another account."""
        return self.expected_text != _FOREIGN


def _json(status: int, content: Json) -> Reply:
    return Reply(status, json.dumps(content).encode())


_IT_MAY_PASS = (
    "This may pass: the program asks again by itself. What runs at RunComfy goes on there and is "
    "billed; what waits here is not sent meanwhile. If it stays so, copy the key from your "
    "RunComfy profile page and connect again."
)
_NOT_ACCEPTED = f"The service does not accept your key. {_IT_MAY_PASS}"
_NOT_ALLOWED = f"The service does not allow this with your key. {_IT_MAY_PASS}"
_FOREIGN = f"This belongs to another RunComfy account. {_IT_MAY_PASS}"
EXPIRED: JsonObject = {
    "error_code": 401001,
    "error_message": "Token is missing, invalid or expired",
}
FOREIGN: JsonObject = {"error_code": 403003, "error_message": "Forbidden"}
REFUSALS = (
    RefusedKeyReply("401 in JSON", _json(401, EXPIRED), _NOT_ACCEPTED),
    RefusedKeyReply("401 in plain text", Reply(401, b"Unauthorized", "text/plain"), _NOT_ACCEPTED),
    RefusedKeyReply("401 with nothing in it", Reply(401, b"", "text/plain"), _NOT_ACCEPTED),
    RefusedKeyReply("401001 in HTTP 200", _json(200, EXPIRED), _NOT_ACCEPTED),
    RefusedKeyReply("403 of a gateway", _json(403, {"message": "Forbidden"}), _NOT_ALLOWED),
    RefusedKeyReply("403003", _json(403, FOREIGN), _FOREIGN),
    RefusedKeyReply("403003 in HTTP 200", _json(200, FOREIGN), _FOREIGN),
)


@dataclass(frozen=True)
class HostileEnvironment:
    """Malicious disk, program file or caller, with the expected sentence."""

    name: str
    arrival: str
    expected_text: str

    def text_with(self, **places: object) -> str:
        """Returns the sentence with its placeholders filled in."""
        return self.expected_text.format(**places)


_WHILE_OPEN = "while the window is open"
_START = "at the start"
FULL_RUN = HostileEnvironment(
    "a full disk, and Run is pressed",
    _WHILE_OPEN,
    "The disk is full, so the history of jobs cannot be written. Nothing was sent, and it costs "
    "nothing. Your inputs are kept. Free some space where {history} lies.",
)
FULL_AFTER_SEND = HostileEnvironment(
    "a disk that fills up between the acceptance of a run and its answer",
    _WHILE_OPEN,
    "The request id is written into room that was held back for it; the run is followed.",
)
FULL_OUTPUT = HostileEnvironment(
    "a full disk where outputs go",
    _WHILE_OPEN,
    "{title}: 1 of 1 files could not be downloaded The file cannot be written to {folder}. The "
    "job itself is finished; this file is not on your computer yet. Make room there or choose "
    "another output folder in Settings, then fetch it again.",
)
FULL_DRAFT = HostileEnvironment(
    "a full disk, and an input is changed",
    _WHILE_OPEN,
    "Your changes could not be stored on this computer. The disk is full. Nothing more can be "
    "written to {folder}. They stay in the window until it is closed. Free some space, then try "
    "again.",
)
FULL_PICTURE = HostileEnvironment(
    "a full disk, and a picture is dropped",
    _WHILE_OPEN,
    "The disk is full. Nothing more can be written to {folder}. Free some space, then try again.",
)
FULL_LOG = HostileEnvironment(
    "a full disk where the log is",
    _WHILE_OPEN,
    "One line in the terminal: The log is not written: No space left on device",
)
FULL_HISTORY = HostileEnvironment(
    "a full disk with a history of jobs on it",
    _START,
    "The disk is full. Jobs that run at RunComfy are shown and can be cancelled. Nothing is sent, "
    "and results and changes are not stored, before there is room again: free some space where "
    "{folder} lies. No restart is needed.",
)
FULL_START = HostileEnvironment(
    "a full disk with no history of jobs on it",
    _START,
    "The disk is full. Nothing more can be written to {folder}. Free some space, then try again. "
    "Nothing was changed. Choose another folder with --data-dir.",
)
PROTECTED_START = HostileEnvironment(
    "a disk that nobody may write to",
    _START,
    "The program cannot write to its data folder {folder}: Read-only file system. Nothing was "
    "changed. Choose another folder with --data-dir.",
)
FILE_START = HostileEnvironment(
    "a file in place of the data folder",
    _START,
    "The program cannot write to its data folder {folder}: a file is in its place. Nothing was "
    "changed. Choose another folder with --data-dir.",
)
CIRCLE_START = HostileEnvironment(
    "a data folder that is a link in a circle",
    _START,
    "The folder {folder} cannot be used for the program's data: its links lead in a circle. "
    "Nothing was changed. Choose another folder with --data-dir.",
)
STRANGER_START = HostileEnvironment(
    "a data folder of a user who does not exist",
    _START,
    "The folder {folder} cannot be used for the program's data: there is no such user. "
    "Nothing was changed. Choose another folder with --data-dir.",
)
PROTECTED_HISTORY = HostileEnvironment(
    "a history that nobody may write to, or that is no file",
    _START,
    "The history of jobs cannot be written. Check that {history} and its folder may be written to.",
)
DAMAGED_HISTORY = HostileEnvironment(
    "a history that is garbage, cut off, emptied, scratched or of another shape",
    _START,
    "The history of jobs was damaged, and a new one was begun. The damaged file is kept as "
    "{kept}, and what could be read of it was taken over. Other jobs that were running go on at "
    "RunComfy and cost money, but this program no longer knows them; files that were downloaded "
    "are still in the output folder. Before you send a job that is held, look on runcomfy.com "
    "whether it ran already.",
)
DAMAGED_ROWS = HostileEnvironment(
    "rows of the history that no program can read",
    _START,
    "{count} jobs in the history are damaged and are not shown. What runs at RunComfy goes on "
    "there and costs money. Nothing was removed from the history; the log names what could not "
    "be read.",
)
HISTORY_IN_USE = HostileEnvironment(
    "a history that another program has locked",
    _START,
    "The history of jobs is in use by another program. Close what has {history} open, then try "
    "again.",
)
NEWER_HISTORY = HostileEnvironment(
    "a history of a newer version",
    _START,
    "The history of jobs was written by a newer version of this program. {history} has version "
    "1000, this program knows versions up to {version}. Nothing was changed. Install the newer "
    "version, or start this one with another folder: --data-dir DIR.",
)
NEWER_FOLDER = HostileEnvironment(
    "a data folder of a newer version",
    _START,
    "The data in {folder} were written by a newer version of this program. It needs version "
    "{version} or later. Nothing was changed. Install the newer version, or start this one with "
    "another folder: --data-dir DIR.",
)
NEWER_SETTINGS = HostileEnvironment(
    "settings of a newer version",
    _START,
    "The data in {settings} were written by a newer version of this program. Nothing was changed. "
    "Install the newer version, or start this one with another folder: --data-dir DIR.",
)
NEWER_DRAFT = HostileEnvironment(
    "changes that a newer version stored",
    _START,
    "Your changes to this workflow were stored by a newer version of this program. They are left "
    "as they are, and it is shown without them. What you change here is not stored. Install the "
    "newer version to go on with them.",
)
NO_ROOM_FOR_A_COPY = HostileEnvironment(
    "an older history on a full disk",
    _START,
    "The data of the earlier version could not be taken over. There is not enough room on the "
    "disk. {history} is as it was, and nothing in it is lost. Free some space there, then try "
    "again.",
)
NOT_UNDERSTOOD = HostileEnvironment(
    "older data that this version does not understand",
    _START,
    "The data of the earlier version could not be taken over. This version does not understand "
    "them. {file} is as it was, and nothing in it is lost. Move it to another folder to begin "
    "without it, and keep it there.",
)
UNWRITTEN_SETTINGS = HostileEnvironment(
    "older settings that nobody may write to",
    _START,
    "The data of the earlier version could not be taken over. They could not be written anew. "
    "{file} is as it was, and nothing in it is lost. Check that its folder may be written to and "
    "that no other program has it open, then try again.",
)
DAMAGED_SETTINGS = HostileEnvironment(
    "settings that are garbage, cut off, emptied or huge",
    _START,
    "Your settings could not be read, so the usual ones are used. The damaged file is kept as "
    "{kept}. Look at them in Settings, the API address and the output folder above all.",
)
DAMAGED_DRAFT = HostileEnvironment(
    "a draft that is garbage, cut off, of another workflow or of a newer version",
    "when its workflow is opened",
    "Your earlier changes to this workflow could not be read. It is shown without them. The file "
    "is kept as {kept}.",
)
DAMAGED_FURTHER_DRAFT = HostileEnvironment(
    "a further draft of a workflow that is garbage behind its head, or cut off",
    "when it is clicked in the list, or was in view last",
    "The draft {title} could not be read. What you changed in it is not shown; all other drafts "
    "are as they were. The file is kept as {kept}.",
)
DAMAGED_LAYOUT = HostileEnvironment(
    "a layout of the window that is garbage, cut off or huge", _START, "The usual layout."
)
DEMO_NOTE = HostileEnvironment(
    "a note of the demo service that somebody else wrote",
    _START,
    "It is not followed; a demo service of the program's own is started.",
)
CALLERS = HostileEnvironment(
    "garbage, half lines, silence and 10 MB at the local socket",
    _WHILE_OPEN,
    "Nothing; the next real start is heard.",
)
HANGING = HostileEnvironment(
    "a window that does not answer",
    "at a second start",
    "Another window uses this data folder and does not answer. Close it, then start again.",
)
NO_KEYRING = HostileEnvironment(
    "a computer without a keyring",
    _START,
    "Paste your API key. It is tested, then kept until the program ends: this computer has no "
    "system keyring.",
)
LOCKED_KEYRING = HostileEnvironment(
    "a keyring that is locked",
    _START,
    "The system's keyring is locked. A key that it may hold could not be read. Unlock it and "
    "start the program again, or connect your key.",
)
MUTE_KEYRING = HostileEnvironment(
    "a keyring that never answers",
    _START,
    "The system's keyring did not answer. A key that it may hold could not be read. Unlock it and "
    "start the program again, or connect your key.",
)
LONG_KEY = HostileEnvironment(
    "a key longer than Windows keeps",
    "typed",
    "The key is not stored. The key is too long for the system's keyring. The key is kept until "
    "the program ends.",
)
REMOVED_KEY = HostileEnvironment(
    "a key that was removed from the keyring by another program",
    "at F5, or when it is refused",
    "The key was removed from the system's keyring. Jobs which run on RunComfy go on there and "
    "are billed. Connect your key to go on.",
)
DELETED = HostileEnvironment(
    "a deployment that was deleted elsewhere",
    "in use",
    "{name} has been deleted elsewhere. Its workflow and what you typed are still here. Kept as a "
    "file, they can be run on another deployment.",
)
DELETED_RUN = HostileEnvironment(
    "a deployment that was deleted elsewhere",
    "in place of Run",
    "{name} has been deleted: choose another deployment",
)
ENVIRONMENTS = tuple(each for each in list(vars().values()) if isinstance(each, HostileEnvironment))


def entries() -> tuple[HostileEntry, ...]:
    """Returns the cases of this module as rows for the list of malicious inputs."""
    return (
        *(
            HostileEntry(each.name, "typed as the API's address", each.expected_text)
            for each in ADDRESSES
        ),
        *(
            HostileEntry(each.name, "the service's answer to the key", each.expected_text)
            for each in REFUSALS
        ),
        *(HostileEntry(each.name, each.arrival, each.expected_text) for each in ENVIRONMENTS),
    )
