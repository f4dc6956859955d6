"""Time-outs, sizes and numbers of tries, in one place."""

from __future__ import annotations

_MB = 1024 * 1024

CONNECT_TIMEOUT_S = 10.0
READ_TIMEOUT_S = 30.0
WRITE_TIMEOUT_S = 60.0
POOL_TIMEOUT_S = 60.0
SUBMIT_READ_TIMEOUT_S = 120.0
"""A large body may be checked for a while before the answer comes."""
FILE_IDLE_TIMEOUT_S = 120.0
SLOW_WINDOW_S = 180.0
MIN_BYTES_PER_S = 1024
"""A file that comes more slowly than this for so long is left, and gone on with later."""
RESPONSE_TIMEOUT_S = 120.0
"""For one whole answer, so that a server which drips bytes cannot hold a call for ever."""
LARGE_RESPONSE_TIMEOUT_S = 600.0

WRONG_PASSWORD_BLOCK_S = 600.0
"""So long a password that a proxy refused is not sent to it again: whoever sends a wrong one again
and again, as questions about jobs would, is locked out by many companies."""

GET_TRIES = 4
RETRY_WINDOW_S = 45.0
"""No further try begins later than this: four time-outs in a row are no answer to a click."""
FIRST_RETRY_DELAY_S = 0.5
MIN_BUSY_RETRY_DELAY_S = 2.0
"""The least pause after "asked too often" where the service does not say how long."""
MAX_RETRY_DELAY_S = 20.0
MAX_RETRY_AFTER_WAIT_S = 30.0
MAX_RETRY_AFTER_S = 3600.0
FALLBACK_RETRY_AFTER_S = 60.0
"""In place of a longer Retry-After: nobody who means it asks for more than an hour."""
RETRYABLE_STATUS = frozenset({408, 429, 500, 502, 503, 504})

MAX_API_CONNECTIONS = 16
MAX_SUBMIT_CONNECTIONS = 16
MAX_FILE_CONNECTIONS = 8
KEEP_ALIVE_S = 30.0

JSON_CAP_BYTES = 8 * _MB
LARGE_JSON_CAP_BYTES = 64 * _MB
RESULT_CAP_BYTES = 32 * _MB
"""Texts that nodes make stand in a result as a whole; a longer one would stop the window."""
DOWNLOAD_CAP_BYTES = 2 * 1024 * _MB
MIN_THREAD_PARSE_BYTES = 256 * 1024
MAX_JSON_DEPTH = 100
MAX_JSON_VALUES = 3_000_000
"""An object_info of all node packs that there are has about a million."""
MAX_REDIRECTS = 5

CHUNK_BYTES = 96 * 1024
"""A multiple of three, so that Base64 of the pieces joins to Base64 of the whole; and small, since
each piece has to be gone within WRITE_S on the slowest line that still moves."""
WRITE_BUFFER_BYTES = 256 * 1024
CHECKPOINT_INTERVAL_BYTES = 4 * _MB
"""After so much more of a file it is written down how much of it is here for sure."""

MAX_MESSAGE_CHARS = 300
MAX_TECHNICAL_CHARS = 1500
MAX_URL_CHARS = 2048
