"""What a simulated Intercom is started with."""

from __future__ import annotations

import base64
from dataclasses import dataclass

# Of the form of Intercom's private app tokens: base64 of "tok:…". It opens nothing but the sandbox.
DEFAULT_TOKEN = base64.b64encode(b"tok:5a17d0b0_made_up_4c1e_b0de_0c43e5a2db0c:1:0").decode("ascii")

# 2026-11-01T12:00:00Z: the made-up history ends here, whatever the day, so the data never changes.
HISTORY_END = 1_793_534_400


@dataclass(frozen=True, slots=True)
class Sandbox:
    """How the simulated Intercom behaves; a port of 0 takes any free one, a rate limit of 0 is none.

    `rate_limit` counts requests per ten-second window; `faults` are written as `faults.parse` reads them;
    `version` answers requests that name none.
    """

    port: int = 0
    files_port: int = 0
    conversations: int = 500
    seed: int = 1
    nasty: bool = False
    rate_limit: int = 1666
    latency_s: float = 0.0
    url_life_s: int = 1800
    scroll_life_s: float = 60.0
    token: str = DEFAULT_TOKEN
    version: str = "2.16"
    faults: tuple[str, ...] = ()
    now: int = HISTORY_END


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where a started sandbox listens, and the token it accepts."""

    url: str
    files_url: str
    token: str

    @property
    def attachment_host(self) -> str:
        """The file server's `host:port`."""
        return self.files_url.partition("//")[2]
