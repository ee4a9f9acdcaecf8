"""Where the token comes from, in which order, and what is refused."""

from __future__ import annotations

import io
import os
import pty
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import keyring
import keyring.backend
import keyring.errors
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ochre_tui.commands.token import find_token
from ochre_tui.errors import CredentialError, UsageError
from ochre_tui.migration.token import keep
from ochre_tui.secret import Secret

ENVIRONMENT = "OCHRE_TUI_INTERCOM_TOKEN"
TOKEN = "dG9rOmNhbmFyeQ=="


class Ring(keyring.backend.KeyringBackend):
    """A keyring that keeps what it is given for as long as the test lasts."""

    priority = 1

    def __init__(self, *, broken: bool = False) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # keyring leaves it without types
        self.kept: dict[tuple[str, str], str] = {}
        self.broken = broken

    def get_password(self, service: str, username: str) -> str | None:
        self._check()
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self._check()
        self.kept[service, username] = password

    def _check(self) -> None:
        if self.broken:
            raise keyring.errors.KeyringLocked("it is locked")


@pytest.fixture(autouse=True)
def ring(monkeypatch: pytest.MonkeyPatch) -> Iterator[Ring]:
    monkeypatch.delenv(ENVIRONMENT, raising=False)
    monkeypatch.setattr(sys, "stdin", io.StringIO(""))
    before, empty = keyring.get_keyring(), Ring()
    keyring.set_keyring(empty)
    yield empty
    keyring.set_keyring(before)


def private(path: Path, content: bytes = TOKEN.encode() + b"\n") -> Path:
    path.touch(mode=0o600)
    path.write_bytes(content)
    return path


def test_without_any_source_there_is_no_token() -> None:
    with pytest.raises(CredentialError, match="No Intercom token was given") as raised:
        find_token("default")
    assert raised.value.exit_code == 4
    assert ENVIRONMENT in raised.value.advice
    assert "--token-stdin" in raised.value.advice


def test_without_standard_input_there_is_no_prompt(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", None)  # as Python has it where the descriptor is closed
    with pytest.raises(CredentialError, match="No Intercom token was given"):
        find_token("default")
    with pytest.raises(CredentialError, match="Standard input holds no token"):
        find_token("default", from_stdin=True)


def test_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(ENVIRONMENT, f" {TOKEN}\n")
    assert find_token("default").unwrap() == TOKEN


def test_what_is_asked_for_goes_before_the_environment_before_the_keyring(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, ring: Ring
) -> None:
    ring.kept["ochre-tui", "default"] = "kept"
    assert find_token("default").unwrap() == "kept"
    monkeypatch.setenv(ENVIRONMENT, "environment")
    assert find_token("default").unwrap() == "environment"
    assert find_token("default", file=private(tmp_path / "token")).unwrap() == TOKEN
    monkeypatch.setattr(sys, "stdin", io.StringIO("stdin\nrest\n"))
    assert find_token("default", from_stdin=True, file=tmp_path / "token").unwrap() == "stdin"


def test_a_token_is_kept_for_its_migration(ring: Ring) -> None:
    assert keep("acme", Secret(TOKEN)) is None
    assert ring.kept == {("ochre-tui", "acme"): TOKEN}
    assert find_token("acme").unwrap() == TOKEN
    with pytest.raises(CredentialError):
        find_token("default")


def test_a_keyring_that_refuses_is_told_and_gone_around() -> None:
    keyring.set_keyring(Ring(broken=True))
    problem = keep("default", Secret(TOKEN))
    assert problem == "The keyring refused it (KeyringLocked); the token is not kept."
    with pytest.raises(CredentialError, match="No Intercom token was given"):
        find_token("default")


@pytest.mark.parametrize("said", ["", "\n", "   \n", "\n" + TOKEN])
def test_standard_input_without_a_token(monkeypatch: pytest.MonkeyPatch, said: str) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(said))
    with pytest.raises(CredentialError, match="Standard input holds no token") as raised:
        find_token("default", from_stdin=True)
    assert raised.value.exit_code == 4


def test_standard_input_that_is_no_text(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"\xff\xfe\n"), encoding="utf-8"))
    with pytest.raises(CredentialError, match="odd characters"):
        find_token("default", from_stdin=True)


@pytest.mark.parametrize("odd", ["two words", "tok\x00en", "tok\x1b[31m", "töken", "tok\nen\nx", "\u202etoken", "a\tb"])
def test_odd_tokens_are_refused_and_not_repeated(monkeypatch: pytest.MonkeyPatch, odd: str) -> None:
    if "\x00" not in odd:
        monkeypatch.setenv(ENVIRONMENT, odd)
        with pytest.raises(CredentialError, match="odd characters") as raised:
            find_token("default")
        assert odd not in str(raised.value) + raised.value.advice
    keyring.get_keyring().set_password("ochre-tui", "default", odd)
    monkeypatch.delenv(ENVIRONMENT, raising=False)
    with pytest.raises(CredentialError, match="odd characters"):
        find_token("default")


@given(st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), min_size=1))
def test_any_plain_word_is_taken_as_it_is(word: str) -> None:
    keyring.get_keyring().set_password("ochre-tui", "default", f"  {word}\n")
    assert find_token("default").unwrap() == word


def test_a_private_file(tmp_path: Path) -> None:
    path = private(tmp_path / "token")
    for mode in (0o600, 0o400):
        path.chmod(mode)
        assert find_token("default", file=path).unwrap() == TOKEN


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o660, 0o601, 0o777])
def test_a_file_that_others_may_use_is_refused(tmp_path: Path, mode: int) -> None:
    path = private(tmp_path / "token")
    path.chmod(mode)
    with pytest.raises(UsageError, match="is not a private file of yours") as raised:
        find_token("default", file=path)
    assert raised.value.exit_code == 2
    assert "0600" in raised.value.advice


def test_links_folders_and_pipes_are_refused(tmp_path: Path) -> None:
    link, pipe = tmp_path / "link", tmp_path / "pipe"
    link.symlink_to(private(tmp_path / "token"))
    os.mkfifo(pipe, 0o600)
    for path in (link, pipe):
        with pytest.raises(UsageError, match="is not a private file of yours"):
            find_token("default", file=path)
    with pytest.raises(UsageError, match="Is a directory"):
        find_token("default", file=tmp_path)
    with pytest.raises(UsageError, match="No such file"):
        find_token("default", file=tmp_path / "nowhere")


def test_a_file_of_somebody_else_is_refused(tmp_path: Path) -> None:
    if os.getuid() == 0:
        path = private(tmp_path / "token")
        os.chown(path, 65534, -1)
    else:
        path = next(file for file in map(Path, ("/etc/passwd", "/etc/hosts")) if file.stat().st_uid == 0)
    with pytest.raises(UsageError, match="is not a private file of yours"):
        find_token("default", file=path)


@pytest.mark.parametrize("content", [b"", b"\n", b"  "])
def test_an_empty_file(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(CredentialError, match="holds no token"):
        find_token("default", file=private(tmp_path / "token", content))


@pytest.mark.parametrize("content", [b"\xff\xfe", b"first\nsecond\n", b"tok en"])
def test_a_file_that_holds_something_else(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(CredentialError, match="odd characters"):
        find_token("default", file=private(tmp_path / "token", content))


_ASK = """
from ochre_tui.commands.token import find_token
from ochre_tui.errors import CredentialError
try:
    print("got", find_token("default").unwrap() == "typed-token", flush=True)
except CredentialError as error:
    print("refused:", error.title, flush=True)
"""


@pytest.mark.parametrize(
    ("typed", "said"), [(b"typed-token\n", b"got True"), (b" \n", b"refused: No token was entered.")]
)
def test_a_prompt_on_a_terminal_shows_nothing_of_it(typed: bytes, said: bytes) -> None:
    ours, theirs = pty.openpty()
    bare = {key: value for key, value in os.environ.items() if key != ENVIRONMENT}
    with subprocess.Popen(
        [sys.executable, "-c", _ASK],
        stdin=theirs,
        stdout=subprocess.PIPE,
        stderr=theirs,
        env={**bare, "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring"},
        start_new_session=True,
    ) as process:
        os.close(theirs)
        shown = b""
        while b"Intercom access token" not in shown:
            shown += os.read(ours, 1000)
        os.write(ours, typed)
        assert process.stdout is not None
        assert process.stdout.read().strip() == said
        assert process.wait(timeout=30) == 0
    assert b"typed-token" not in shown + _rest(ours)
    os.close(ours)


def _rest(terminal: int) -> bytes:
    try:
        return os.read(terminal, 10_000)
    except OSError:  # its other end is closed, and nothing is left to read
        return b""


def test_no_command_takes_a_token_as_an_argument() -> None:
    from ochre_tui.commands.connect import connect

    names = {option for parameter in connect.params for option in parameter.opts}
    assert {option for option in names if "token" in option} == {"--token-stdin", "--token-file", "--keep-token"}
