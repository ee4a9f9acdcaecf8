"""A secret shows itself to nobody but the one who unwraps it."""

from __future__ import annotations

import copy
import gc
import json
import logging
import pickle
import traceback
from collections.abc import Callable
from dataclasses import asdict, dataclass

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ochre_tui.core.secret import Secret, redacted

CANARY = "canary-6f1d0c2e"


@dataclass(frozen=True, slots=True)
class Holder:
    token: Secret


def test_only_unwrapping_gives_it_away() -> None:
    assert Secret(CANARY).unwrap() == CANARY


@pytest.mark.parametrize(
    "show",
    [
        repr,
        str,
        format,
        "{}".format,
        "{!r:>10}".format,
        lambda secret: f"{secret:>20}",
        lambda secret: "%s %r" % (secret, secret),  # noqa: UP031 - the old way is what is tested
        lambda secret: repr([secret]) + str({"token": secret}) + repr(Holder(secret)),
        lambda secret: repr(ValueError(secret)) + str(ValueError(secret)),
        lambda secret: repr(vars(type(secret))) + repr(dir(secret)),
        ascii,
    ],
)
def test_no_way_of_printing_shows_it(show: Callable[[Secret], str]) -> None:
    assert CANARY not in show(Secret(CANARY))


def test_it_prints_as_stars() -> None:
    assert f"{Secret(CANARY)} {Secret(CANARY)!r} {Secret(CANARY):20}" == "*** *** ***"


@pytest.mark.parametrize(
    "copied",
    [
        pickle.dumps,
        copy.copy,
        copy.deepcopy,
        json.dumps,
        orjson.dumps,
        lambda secret: asdict(Holder(secret)),
        lambda secret: pickle.dumps(Holder(secret), protocol=0),
        lambda secret: json.dumps(secret, default=vars),
    ],
)
def test_no_way_of_copying_takes_it_along(copied: Callable[[Secret], object]) -> None:
    with pytest.raises(TypeError) as raised:
        copied(Secret(CANARY))
    assert CANARY not in "".join(traceback.format_exception(raised.value))


def fail_with(secret: Secret) -> None:
    raise ValueError(f"it failed with {secret}")


def test_a_traceback_with_all_its_locals_does_not_show_it() -> None:
    with pytest.raises(ValueError, match="it failed") as raised:
        fail_with(Secret(CANARY))
    # The frames of this module; the value lies in no local but inside the secret.
    shown = traceback.TracebackException.from_exception(raised.value, capture_locals=True)
    assert "***" in "".join(shown.format())
    assert CANARY not in "".join(shown.format()).replace(f"'{CANARY}'", "")
    assert all(CANARY not in str(frame.locals) for frame in shown.stack if frame.name == "fail_with")


def test_logging_does_not_show_it(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        logging.getLogger("test").warning("token %s in %r", Secret(CANARY), {"a": Secret(CANARY)})
    assert "***" in caplog.text
    assert CANARY not in caplog.text


def test_secrets_are_the_same_only_if_they_are_one() -> None:
    one = Secret(CANARY)
    assert one == one
    assert one != Secret(CANARY)


def test_what_others_repeat_is_redacted_while_the_secret_is_in_use() -> None:
    secret = Secret(CANARY)
    assert redacted(f"Bearer {CANARY}, {CANARY}") == "Bearer ***, ***"
    del secret
    gc.collect()
    assert redacted(f"Bearer {CANARY}") == f"Bearer {CANARY}"


@given(st.text(), st.text(min_size=8), st.text())
def test_no_text_around_it_keeps_it_from_being_redacted(before: str, value: str, after: str) -> None:
    secret = Secret(value)
    assert redacted(before + value + after).count("***") >= 1
    assert redacted("") == ""
    assert secret.unwrap() == value


@pytest.mark.parametrize("value", ["", "token"])
def test_what_is_too_short_for_a_token_redacts_nothing(value: str) -> None:
    short = Secret(value)
    assert redacted("the access token as it was") == "the access token as it was"
    assert short.unwrap() == value
