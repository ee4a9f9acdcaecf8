"""The app's terminal, which may vanish at any moment: an SSH session drops, a window is closed."""

from __future__ import annotations

from io import TextIOWrapper
from typing import IO, Any, cast

from textual.drivers.linux_driver import LinuxDriver


class VanishingDriver(LinuxDriver):
    """Textual's driver, to which writing to a terminal that is gone is no failure: it would wait for its writer for
    ever, and the app could not end."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        if self._file is not None:
            self._file = cast("TextIOWrapper[Any]", _Forgiving(self._file))


class _Forgiving:
    """A text file to which nothing is written once it is gone."""

    def __init__(self, file: IO[str]) -> None:
        self._file = file

    def write(self, text: str) -> int:
        try:
            return self._file.write(text)
        except OSError:
            return len(text)

    def flush(self) -> None:
        try:
            self._file.flush()
        except OSError:
            return

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)
