"""Each fault at each stage of a job's life: the resulting state, and the sentence shown.

The sentences are what the user should be told, not what the program happened to show. A row is
about one stage: `fault` affects every call of the stage (or only the calls named by #), `state` is
the job's state during the fault, and `message` is part of a text shown during the fault, "" if no
text may be shown. `end` is the job's state once the fault is over and the run had time to finish.
`accepted` is the number of accepted submits.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from runcomfy_desktop.domain.jobs.job import JobState

S = JobState

CONNECTION_BROKE = "The connection to 127.0.0.1 broke."
TIMED_OUT = "127.0.0.1 did not answer in time."
REDIRECT_LOOP = "leads in circles"
ANSWER_CUT_OFF = "The answer of 127.0.0.1 broke off."
SERVER_ERROR = "The service has a fault of its own."
UNAVAILABLE = "The service takes no requests just now."
RATE_LIMITED = "The service is asked too often just now."
REQUEST_TIMEOUT = "The request reached the service too slowly."
UNREADABLE_ANSWER = "The answer of the service cannot be read."
BAD_KEY = "The service does not accept your key."
NOT_ALLOWED = "The service does not allow this with your key."
FOREIGN = "This belongs to another RunComfy account."
NO_CREDIT = "There is not enough credit for this."
DISABLED = "This deployment is disabled."
DELETED = "This deployment has been deleted."
REFUSED_JOB = "The service refuses this job."
REFUSED = "The service refuses this request."
TOO_LARGE = "The service finds this request too large."
UNKNOWN_DEPLOYMENT = "The service does not know this deployment"
UNKNOWN_JOB = "The service does not know this job"
NOT_READY = "The run has ended, but its result is not there yet."
NO_RESULT = "The run has ended, but the service does not give its result."
UNREADABLE_RESULT = "The result is too large to be read here."
TOO_LATE = "cannot be cancelled any more."
TENSOR_ERROR = "KSampler: The size of tensor a (64) must match the size of tensor b (32)"
OUT_OF_MEMORY = "out of memory"
FILE_GONE = "This file is no longer at the service."
EMPTY_FILE = "The file came empty."
FOREIGN_ADDRESS = "which is not one of its own places."


@dataclass(frozen=True)
class FaultRow:
    """One fault at one stage."""

    stage: str
    fault: str
    state: JobState
    message: str
    end: JobState = S.DONE
    accepted: int = 1

    def spec(self, call: str) -> str:
        """Returns the fault in the emulator's syntax, for all calls of the stage or only some."""
        found = re.fullmatch(r"([a-z0-9-]+)(#[0-9-]+)?(:.*)?", self.fault)
        assert found is not None, self.fault
        name, which, arguments = found.groups("")
        return f"{name}@{call}{which or '%100'}{arguments}"

    @property
    def name(self) -> str:
        return f"{self.stage}-{self.fault}"


def _rows(stage: str, *rows: tuple[object, ...]) -> tuple[FaultRow, ...]:
    return tuple(FaultRow(stage, *row) for row in rows)  # type: ignore[arg-type]  # fields of Row


# fmt: off
SUBMIT = _rows(
    "submit",
    # fault                    state         message             end           accepted
    ("drop-request",           S.UNCERTAIN,  CONNECTION_BROKE,              S.UNCERTAIN,  0),
    ("drop-answer",            S.UNCERTAIN,  CONNECTION_BROKE,              S.UNCERTAIN,  1),
    ("status-500",             S.UNCERTAIN,  SERVER_ERROR,        S.UNCERTAIN,  0),
    ("status-502",             S.UNCERTAIN,  SERVER_ERROR,        S.UNCERTAIN,  0),
    ("status-503",             S.UNCERTAIN,  SERVER_ERROR,        S.UNCERTAIN,  0),
    ("status-504",             S.UNCERTAIN,  SERVER_ERROR,        S.UNCERTAIN,  0),
    ("unavailable",            S.UNCERTAIN,  SERVER_ERROR,        S.UNCERTAIN,  0),
    ("unavailable:9:30",       S.FAILED,     UNAVAILABLE,        S.FAILED,     0),
    ("html",                   S.UNCERTAIN,  SERVER_ERROR,        S.UNCERTAIN,  0),
    ("error:500001:200",       S.UNCERTAIN,  SERVER_ERROR,        S.UNCERTAIN,  0),
    ("error:11007",            S.UNCERTAIN,  SERVER_ERROR,        S.UNCERTAIN,  0),
    ("empty",                  S.UNCERTAIN,  UNREADABLE_ANSWER,        S.UNCERTAIN,  1),
    ("no-id",                  S.UNCERTAIN,  UNREADABLE_ANSWER,        S.UNCERTAIN,  1),
    ("hostile-id",             S.UNCERTAIN,  UNREADABLE_ANSWER,        S.UNCERTAIN,  1),
    ("truncated",              S.DONE,       "",                 S.DONE,       1),
    ("wrong-length:9",         S.DONE,       "",                 S.DONE,       1),
    ("wrong-length:-9",        S.DONE,       "",                 S.DONE,       1),
    ("wrong-type",             S.DONE,       "",                 S.DONE,       1),
    ("foreign-urls",           S.DONE,       "",                 S.DONE,       1),
    ("error-with-id",          S.DONE,       "",                 S.DONE,       1),
    ("error-with-id:10001",    S.DONE,       "",                 S.DONE,       1),
    ("status-400",             S.FAILED,     REFUSED_JOB,        S.FAILED,     0),
    ("status-402",             S.FAILED,     NO_CREDIT,          S.FAILED,     0),
    ("status-408",             S.FAILED,     REQUEST_TIMEOUT,           S.FAILED,     0),
    ("status-413",             S.FAILED,     TOO_LARGE,          S.FAILED,     0),
    ("status-418",             S.FAILED,     REFUSED_JOB,        S.FAILED,     0),
    ("status-422",             S.FAILED,     REFUSED_JOB,        S.FAILED,     0),
    ("error:422001:200",       S.FAILED,     REFUSED_JOB,        S.FAILED,     0),
    ("error:10001",            S.FAILED,     NO_CREDIT,          S.FAILED,     0),
    ("error:10001:403",        S.FAILED,     NO_CREDIT,          S.FAILED,     0),
    ("error:10002",            S.FAILED,     DISABLED,           S.FAILED,     0),
    ("error:10002:403",        S.FAILED,     DISABLED,           S.FAILED,     0),
    ("error:10003",            S.FAILED,     DELETED,            S.FAILED,     0),
    ("error:404001",           S.FAILED,     UNKNOWN_DEPLOYMENT, S.FAILED,     0),
    ("rate-limit",             S.FAILED,     RATE_LIMITED,          S.FAILED,     0),
    ("rate-limit:9:30",        S.FAILED,     RATE_LIMITED,          S.FAILED,     0),
    ("unauthorized:json",      S.FAILED,     BAD_KEY,            S.FAILED,     0),
    ("unauthorized:plain",     S.FAILED,     BAD_KEY,            S.FAILED,     0),
    ("unauthorized:gateway",   S.FAILED,     NOT_ALLOWED,        S.FAILED,     0),
    ("unauthorized:foreign",   S.FAILED,     FOREIGN,            S.FAILED,     0),
)

_POLL_FAULTS = (
    # fault                    message
    ("drop-request",           CONNECTION_BROKE),
    ("drop-answer",            CONNECTION_BROKE),
    ("status-500",             SERVER_ERROR),
    ("status-502",             SERVER_ERROR),
    ("status-503",             SERVER_ERROR),
    ("status-504",             SERVER_ERROR),
    ("html",                   SERVER_ERROR),
    ("error:500001:200",       SERVER_ERROR),
    ("error:11004",            SERVER_ERROR),
    ("error:11007",            SERVER_ERROR),
    ("status-408",             REQUEST_TIMEOUT),
    ("rate-limit",             RATE_LIMITED),
    ("rate-limit:9:0.01",      RATE_LIMITED),
    ("rate-limit:9:0:date",    RATE_LIMITED),
    ("empty",                  UNREADABLE_ANSWER),
    ("truncated",              UNREADABLE_ANSWER),
    ("wrong-length:-9",        UNREADABLE_ANSWER),
    ("other-id",               UNREADABLE_ANSWER),
    ("error-with-id",          SERVER_ERROR),
    ("unauthorized:json",      BAD_KEY),
    ("unauthorized:plain",     BAD_KEY),
    ("unauthorized:gateway",   NOT_ALLOWED),
    ("unauthorized:foreign",   FOREIGN),
    ("wrong-type",             ""),
    ("wrong-length:9",         ""),
)

QUEUED = _rows(
    "queued",
    *((fault, S.QUEUED, says) for fault, says in _POLL_FAULTS),
    # fault                    state         message             end
    ("status-418",             S.QUEUED,     REFUSED),
    ("word:paused",            S.QUEUED,     "paused"),
    ("word:COMPLETED",         S.QUEUED,     ""),
    ("word:Cancelled",         S.CANCELLED,  "",                 S.CANCELLED),
    ("in-queue",               S.QUEUED,     ""),
    ("gone",                   S.LOST,       UNKNOWN_JOB,        S.LOST),
    ("error:10003",            S.LOST,       DELETED,            S.LOST),
    ("error:10002",            S.QUEUED,     DISABLED),
    ("error:10001",            S.QUEUED,     NO_CREDIT),
)

RUNNING = _rows(
    "running",
    *((fault, S.RUNNING, says) for fault, says in _POLL_FAULTS),
    # fault                    state         message             end
    ("status-418",             S.RUNNING,    REFUSED),
    ("word:paused",            S.RUNNING,    "paused"),
    ("stuck",                  S.RUNNING,    ""),
    ("in-queue",               S.QUEUED,     ""),
    ("gone",                   S.LOST,       UNKNOWN_JOB,        S.LOST),
)

RESULT = _rows(
    "result",
    *((fault, S.FETCHING if says else S.DONE, says) for fault, says in _POLL_FAULTS),
    # fault                    state         message             end
    ("status-418#1-3",         S.DONE,       NOT_READY),
    ("word:paused",            S.FETCHING,   "paused"),
    ("late-result#1-3",        S.DONE,       NOT_READY),
    ("late-result",            S.LOST,       NO_RESULT,          S.LOST),
    ("gone",                   S.LOST,       NO_RESULT,          S.LOST),
    ("fails",                  S.FAILED,     TENSOR_ERROR,             S.FAILED),
    ("oom",                    S.FAILED,     OUT_OF_MEMORY,             S.FAILED),
    ("huge#1-2:40",            S.DONE,       UNREADABLE_RESULT),
    ("huge#1-2:40:9:unsized",  S.DONE,       UNREADABLE_RESULT),
    ("outputs:120",            S.DONE,       ""),
    ("names",                  S.DONE,       FOREIGN_ADDRESS),
)

CANCEL = _rows(
    "cancel",
    # fault                    state         message             end
    ("drop-request",           S.RUNNING,    CONNECTION_BROKE),
    ("drop-answer",            S.CANCELLED,  CONNECTION_BROKE,              S.CANCELLED),
    ("status-500",             S.RUNNING,    SERVER_ERROR),
    ("status-503",             S.RUNNING,    SERVER_ERROR),
    ("html",                   S.RUNNING,    SERVER_ERROR),
    ("error:500001:200",       S.RUNNING,    SERVER_ERROR),
    ("error:11007",            S.RUNNING,    SERVER_ERROR),
    ("rate-limit",             S.RUNNING,    RATE_LIMITED),
    ("status-418",             S.RUNNING,    REFUSED),
    ("empty",                  S.CANCELLED,  "",                 S.CANCELLED),
    ("truncated",              S.CANCELLED,  UNREADABLE_ANSWER,        S.CANCELLED),
    ("wrong-type",             S.CANCELLED,  "",                 S.CANCELLED),
    ("gone",                   S.RUNNING,    UNKNOWN_JOB),
    ("unauthorized:json",      S.RUNNING,    BAD_KEY),
    ("unauthorized:plain",     S.RUNNING,    BAD_KEY),
    ("unauthorized:foreign",   S.RUNNING,    FOREIGN),
    ("other-id",               S.CANCELLED,  UNREADABLE_ANSWER,        S.CANCELLED),
    ("error-with-id",          S.CANCELLED,  SERVER_ERROR,        S.CANCELLED),
    ("cancel-ignored",         S.RUNNING,    ""),
    ("cancel-refused",         S.RUNNING,    TOO_LATE),
)

DOWNLOAD = _rows(
    "download",
    # fault                    state         message
    ("drop-request#1",         S.DONE,       ""),
    ("drop-request",           S.DONE,       CONNECTION_BROKE),
    ("status-500#1-2",         S.DONE,       ""),
    ("status-500",             S.DONE,       SERVER_ERROR),
    ("status-403",             S.DONE,       FILE_GONE),
    ("expired",                S.DONE,       FILE_GONE),
    ("rate-limit#1",           S.DONE,       ""),
    ("rate-limit",             S.DONE,       RATE_LIMITED),
    ("html#1",                 S.DONE,       ""),
    ("html",                   S.DONE,       SERVER_ERROR),
    ("empty#1",                S.DONE,       ""),
    ("empty",                  S.DONE,       EMPTY_FILE),
    ("empty-first-download",   S.DONE,       ""),
    ("truncated#1",            S.DONE,       ""),
    ("cut-download#1",         S.DONE,       ""),
    ("cut-download",           S.DONE,       ANSWER_CUT_OFF),
    ("wrong-length#1:9",       S.DONE,       ""),
    ("wrong-type",             S.DONE,       ""),
    ("no-range",               S.DONE,       ""),
    ("redirect-download#1:1:here", S.DONE,   ""),
    ("redirect-download",      S.DONE,       FOREIGN_ADDRESS),
    ("redirect-download:9:user", S.DONE,     FOREIGN_ADDRESS),
)

# Faults that need a real connection: it breaks, sends slowly, stalls, states wrong lengths, resumes
# with a range.
HTTP = (
    *_rows(
        "submit",
        # fault                state         message             end           accepted
        ("drop-request",       S.UNCERTAIN,  CONNECTION_BROKE,              S.UNCERTAIN,  0),
        ("drop-answer",        S.UNCERTAIN,  CONNECTION_BROKE,              S.UNCERTAIN,  1),
        ("hold-request",       S.UNCERTAIN,  TIMED_OUT,        S.UNCERTAIN,  1),
        ("hold",               S.UNCERTAIN,  TIMED_OUT,        S.UNCERTAIN,  1),
        ("hold-half",          S.DONE,       "",                 S.DONE,       1),
        ("drip:0.001",         S.DONE,       "",                 S.DONE,       1),
        ("truncated",          S.DONE,       "",                 S.DONE,       1),
        ("wrong-length:9",     S.DONE,       "",                 S.DONE,       1),
        ("wrong-length:-9",    S.DONE,       "",                 S.DONE,       1),
        ("foreign-urls",       S.DONE,       "",                 S.DONE,       1),
        ("status-503",         S.UNCERTAIN,  SERVER_ERROR,        S.UNCERTAIN,  0),
    ),
    *_rows(
        "running",
        ("drop-request",       S.RUNNING,    CONNECTION_BROKE),
        ("drop-answer",        S.RUNNING,    CONNECTION_BROKE),
        ("hold",               S.RUNNING,    TIMED_OUT),
        ("hold-half",          S.RUNNING,    TIMED_OUT),
        ("drip:0.001",         S.RUNNING,    ""),
        ("truncated",          S.RUNNING,    UNREADABLE_ANSWER),
        ("wrong-length:9",     S.RUNNING,    ""),
        ("wrong-length:-9",    S.RUNNING,    UNREADABLE_ANSWER),
        ("html",               S.RUNNING,    SERVER_ERROR),
        ("other-id",           S.RUNNING,    UNREADABLE_ANSWER),
    ),
    *_rows(
        "result",
        ("drop-answer",        S.FETCHING,   CONNECTION_BROKE),
        ("hold",               S.FETCHING,   TIMED_OUT),
        ("drip:0.001",         S.DONE,       ""),
        ("huge#1-2:2048",      S.DONE,       UNREADABLE_RESULT),
        ("huge#1-2:2048:9:unsized", S.DONE,  UNREADABLE_RESULT),
        ("outputs:120",        S.DONE,       ""),
        ("names",              S.DONE,       FOREIGN_ADDRESS),
    ),
    *_rows(
        "cancel",
        ("drop-answer",        S.CANCELLED,  CONNECTION_BROKE,              S.CANCELLED),
        ("hold",               S.CANCELLED,  "",                 S.CANCELLED),
        ("drop-request",       S.RUNNING,    CONNECTION_BROKE),
    ),
    *_rows(
        "download",
        ("drop-request#1",     S.DONE,       ""),
        ("drop-answer#1",      S.DONE,       ""),
        ("cut-download#1",     S.DONE,       ""),
        ("wrong-length#1:9",   S.DONE,       ""),
        ("empty#1",            S.DONE,       ""),
        ("truncated#1",        S.DONE,       ""),
        ("hold#1",             S.DONE,       ""),
        ("hold-half#1",        S.DONE,       ""),
        ("no-range",           S.DONE,       ""),
        ("slow-download:0.2",  S.DONE,       ""),
        ("redirect-download#1:1:here", S.DONE, ""),
        ("redirect-download:9:here", S.DONE, REDIRECT_LOOP),
        ("redirect-download:9:user", S.DONE, FOREIGN_ADDRESS),
    ),
)
# fmt: on

ROWS = (*SUBMIT, *QUEUED, *RUNNING, *RESULT, *CANCEL, *DOWNLOAD)
