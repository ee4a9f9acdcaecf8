"""Keys from the terminal, told without delay."""

from __future__ import annotations

import os
import selectors
from codecs import getincrementaldecoder
from typing import Final

from textual._xterm_parser import XTermParser
from textual.constants import ESCAPE_DELAY
from textual.drivers.linux_driver import LinuxDriver

_IDLE_S: Final = 0.1


class PromptDriver(LinuxDriver):
    """Textual's driver, but for Escape: alone it is told after ESCDELAY, not after a tenth of a second."""

    def run_input_thread(self) -> None:
        parser = XTermParser(self._debug)
        decode = getincrementaldecoder("utf-8")().decode
        wait_s = _IDLE_S
        with selectors.SelectSelector() as selector:
            selector.register(self.fileno, selectors.EVENT_READ)
            while not self.exit_event.is_set():
                ready = selector.select(wait_s)
                text = decode(os.read(self.fileno, 4096)) if ready else ""
                for message in (*(parser.feed(text) if text else ()), *parser.tick()):
                    self.process_message(message)
                # An Escape may have been the last of it: whether more follows is known soon.
                wait_s = ESCAPE_DELAY if text else _IDLE_S
