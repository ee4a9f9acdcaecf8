"""The pictures of the README, made from the snapshots of the screens: `make pictures`."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

_ROOT: Final = Path(__file__).parents[2]
_SNAPSHOTS: Final = Path(__file__).parent / "__snapshots__"
_PICTURES: Final = _ROOT / "docs" / "pictures"
_TAKEN: Final = {
    "scan": "test_first_steps_look/test_scanned[120x40]",
    "map-admins": "test_map_look/test_admins_to_decide[120x40]",
    "map-attributes": "test_map_look/test_an_attribute_is_chosen_for[120x40]",
    "import": "test_dashboard_look/test_another_process_imports[120x40]",
    "verify": "test_after_import_look/test_verified[80x24]",
    "spot-check": "test_after_import_look/test_a_conversation_of_both_sides[80x24]",
}
_FONT_FILES: Final = re.compile(r"\s*@font-face \{.*?\}", re.DOTALL)
_FONTS: Final = '"Fira Code", "DejaVu Sans Mono", Menlo, Consolas, monospace'


def picture(snapshot: str) -> str:
    """A snapshot that fetches nothing: the fonts that are there already, each text at its own width."""
    return _FONT_FILES.sub("", snapshot).replace("font-family: Fira Code, monospace", f"font-family: {_FONTS}")


def make() -> None:
    """Write all pictures anew."""
    _PICTURES.mkdir(exist_ok=True)
    for name, snapshot in _TAKEN.items():
        text = (_SNAPSHOTS / f"{snapshot}.svg").read_text("utf-8")
        (_PICTURES / f"{name}.svg").write_text(picture(text), "utf-8")


if __name__ == "__main__":
    make()
