"""The app's terminal at the far end of an SSH line: its keys come without delay, it may vanish, it gets text alone."""

from __future__ import annotations

import os
import selectors
from codecs import getincrementaldecoder
from io import TextIOWrapper
from typing import IO, Any, Final, Protocol, cast

from rich.cells import cell_len
from rich.segment import Segment
from textual._xterm_parser import XTermParser
from textual.color import Color
from textual.constants import ESCAPE_DELAY
from textual.drivers.linux_driver import LinuxDriver
from textual.filter import LineFilter

from ochre_tui.core.text import clean

_IDLE_S: Final = 0.1


class _MakesWay(Protocol):
    def make_way(self) -> None:
        """Something was typed; called in the thread that reads it."""


class RemoteDriver(LinuxDriver):
    """Textual's driver, but for three things.

    The app hears at once that something was typed. Escape alone is told after ESCDELAY, not after a tenth of a second.
    And a terminal that is gone is let go of: Textual would read nothing from it as fast as it can, or wait for its
    writer for ever, and the app could not end.
    """

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        if self._file is not None:
            self._file = cast("TextIOWrapper[Any]", _Forgiving(self._file))

    def run_input_thread(self) -> None:
        parser = XTermParser(self._debug)
        decode = getincrementaldecoder("utf-8")().decode
        wait_s = _IDLE_S
        with selectors.SelectSelector() as selector:
            selector.register(self.fileno, selectors.EVENT_READ)
            while not self.exit_event.is_set():
                ready = selector.select(wait_s)
                read = self._read() if ready else b""
                if ready and not read:
                    return  # it is gone, as the app finds out by itself
                if read:
                    cast("_MakesWay", self._app).make_way()
                text = decode(read)
                for message in (*(parser.feed(text) if text else ()), *parser.tick()):
                    self.process_message(message)
                # An Escape may have been the last of it: whether more follows is known soon.
                wait_s = ESCAPE_DELAY if text else _IDLE_S

    def _read(self) -> bytes:
        try:
            return os.read(self.fileno, 4096)
        except OSError:
            return b""


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


class ControlCharFilter(LineFilter):
    """Lets text through and nothing that steers a terminal.

    What is shown has been cleaned before, into visible marks. This catches what a widget shows as it was entered, such
    as a field's value; the width stays, so it leaves a gap at most.
    """

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        return [segment if _is_text(segment.text) else _without(segment) for segment in segments]


def _is_text(text: str) -> bool:
    return (text.isascii() and text.isprintable()) or clean(text) == text


def _without(segment: Segment) -> Segment:
    text = "".join(c if clean(c) == c else " " * cell_len(c) for c in segment.text)
    return Segment(text, segment.style, segment.control)
