"""What one check of the machine found."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Fit:
    """`ok` is false for what keeps a migration from working or puts it in danger; `advice` may be given anyway."""

    check: str
    ok: bool
    detail: str
    advice: str = ""
