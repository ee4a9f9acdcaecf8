"""What every test of how a screen looks is written with."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import pytest

Compare: TypeAlias = Callable[..., bool]
"""The fixture `snap_compare`."""
SIZES = pytest.mark.parametrize("size", [(80, 24), (120, 40)], ids=["80x24", "120x40"])
IN_UTC = pytest.mark.usefixtures("utc")
