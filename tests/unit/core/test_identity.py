"""Who steers an import: named by the system, and safe to show."""

from __future__ import annotations

import os
import pwd
import socket

from ochre_tui.core.process import actor

ME = f"{pwd.getpwuid(os.getuid()).pw_name}@{socket.gethostname()}"


def test_at_this_machine() -> None:
    assert actor({}) == ME


def test_over_ssh_with_where_they_sit() -> None:
    assert actor({"SSH_CONNECTION": "2001:db8::7 50022 2001:db8::1 22"}) == f"{ME} from 2001:db8::7"


def test_variables_say_no_other_name() -> None:
    assert actor({"USER": "somebody", "LOGNAME": "somebody", "HOSTNAME": "elsewhere"}) == ME


def test_nothing_in_it_steers_a_terminal() -> None:
    said = actor({"SSH_CONNECTION": "\x1b[31m" + "x" * 500})
    assert "\x1b" not in said
    assert len(said) <= 120
