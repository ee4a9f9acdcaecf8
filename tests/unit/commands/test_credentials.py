"""Where the token comes from, in which order, and what is refused."""

from __future__ import annotations

import io
import os
import pty
import subprocess
import sys
import threading
from pathlib import Path
from typing import ClassVar

import keyring
import keyring.backend
import keyring.backends.null
import keyring.errors
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ochre_tui.commands.credentials import ANYWHERE, TokenSource, printed, take_token
from ochre_tui.core.errors import CredentialError, UsageError
from ochre_tui.core.paths import MigrationPaths
from ochre_tui.core.secret import Secret
from ochre_tui.migration.credentials import keyring_backend
from ochre_tui.migration.credentials.tokens import forget, is_another, keep
from ochre_tui.migration.session import Session
from ochre_tui.store.store import Store

ENVIRONMENT = "OCHRE_TUI_INTERCOM_TOKEN"
TOKEN = "dG9rOmNhbmFyeQ=="


class Ring(keyring.backend.KeyringBackend):
    """A keyring that keeps what it is given for as long as the test lasts."""

    priority = 1
    kept: ClassVar[dict[tuple[str, str], str]] = {}

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # keyring leaves it without types

    def get_password(self, service: str, username: str) -> str | None:
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.kept[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        del self.kept[service, username]


class Locked(Ring):
    def set_password(self, service: str, username: str, password: str) -> None:
        raise keyring.errors.KeyringLocked("it is locked")

    get_password = set_password  # type: ignore[assignment]


class Clinging(Ring):
    """Deletes nothing."""

    def delete_password(self, service: str, username: str) -> None:
        pass


class Waiting(Ring):
    """Waits for somebody who sees no question."""

    def get_password(self, service: str, username: str) -> str | None:
        threading.Event().wait(60)
        return None


class Forgetful(Ring):
    """Says that it stored what it did not."""

    def set_password(self, service: str, username: str, password: str) -> None:
        pass


def trusted(patch: pytest.MonkeyPatch, ring: type[Ring]) -> None:
    """Make `ring` the one keyring of this system that the allow-list knows."""
    patch.setattr(keyring_backend, "ALLOWED", {f"{__name__}.{ring.__name__}": "a test's"})


@pytest.fixture(autouse=True)
def ring(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> type[Ring]:
    monkeypatch.delenv(ENVIRONMENT, raising=False)
    monkeypatch.delenv("PYTHON_KEYRING_BACKEND", raising=False)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setattr(sys, "stdin", io.StringIO(""))
    monkeypatch.setattr(Ring, "kept", {})
    trusted(monkeypatch, Ring)
    return Ring


def private(path: Path, content: bytes = TOKEN.encode() + b"\n") -> Path:
    path.touch(mode=0o600)
    path.write_bytes(content)
    return path


def find_token(migration: str, source: TokenSource = ANYWHERE) -> Secret:
    """The token that a command of its own finds for a migration."""
    return take_token(Session(MigrationPaths(migration, Path(migration))), source)


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
        find_token("default", TokenSource(stdin=True))


def test_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(ENVIRONMENT, f" {TOKEN}\n")
    assert find_token("default").unwrap() == TOKEN
    assert ENVIRONMENT not in os.environ


def test_what_is_asked_for_goes_before_the_environment_before_the_keyring(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, ring: type[Ring]
) -> None:
    ring.kept["ochre-tui", "default"] = "kept"
    assert find_token("default").unwrap() == "kept"
    monkeypatch.setenv(ENVIRONMENT, "environment")
    assert find_token("default").unwrap() == "environment"
    assert find_token("default", at(private(tmp_path / "token"))).unwrap() == TOKEN
    assert find_token("default", TokenSource(command="printf printed")).unwrap() == "printed"
    monkeypatch.setattr(sys, "stdin", io.StringIO("stdin\nrest\n"))
    assert find_token("default", TokenSource(stdin=True)).unwrap() == "stdin"


def test_a_token_is_kept_for_its_migration_until_it_is_forgotten(ring: type[Ring]) -> None:
    assert keep("acme", Secret(TOKEN)) is None
    assert ring.kept == {("ochre-tui", "acme"): TOKEN}
    assert find_token("acme").unwrap() == TOKEN
    with pytest.raises(CredentialError):
        find_token("default")
    assert forget("acme")
    assert not forget("acme")
    assert ring.kept == {}


@pytest.mark.parametrize(
    ("ring", "reason"),
    [
        (Locked, "the keyring refused it (KeyringLocked)"),
        (Clinging, "the keyring does not keep, or does not delete, what it is given"),
        (Forgetful, "the keyring does not keep, or does not delete, what it is given"),
        (Waiting, "the keyring gave no answer within 0 s"),
    ],
)
def test_a_keyring_that_fails_its_trial_is_told_and_gone_around(
    monkeypatch: pytest.MonkeyPatch, ring: type[Ring], reason: str
) -> None:
    trusted(monkeypatch, ring)
    monkeypatch.setattr(keyring_backend, "_PATIENCE_S", 0.2 if ring is Waiting else 30)
    assert keep("default", Secret(TOKEN)) == f"The token is not kept: {reason}."
    with pytest.raises(CredentialError, match="No Intercom token was given"):
        find_token("default")


@pytest.mark.parametrize(
    "backend",
    [
        "keyring.backends.fail.Keyring",
        "keyring.backends.null.Keyring",
        "keyring.backends.chainer.ChainerBackend",
        "keyrings.alt.file.PlaintextKeyring",
        "keyrings.alt.file.EncryptedKeyring",
        "keyrings.cryptfile.cryptfile.CryptFileKeyring",
        "os.system",
    ],
)
@pytest.mark.parametrize("how", ["environment", "file"])
def test_no_configuration_makes_another_one_trusted(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, backend: str, how: str
) -> None:
    if how == "environment":
        monkeypatch.setenv("PYTHON_KEYRING_BACKEND", backend)
    else:
        settings = tmp_path / "config" / "python_keyring" / "keyringrc.cfg"
        settings.parent.mkdir(parents=True)
        settings.write_text(f"[backend]\ndefault-keyring={backend}\n")
    problem = keep("default", Secret(TOKEN))
    assert problem == (
        f"The token is not kept: the keyring that the configuration names, {backend}, is not one that is trusted."
    )


def test_what_keyring_has_by_itself_does_not_count(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nowhere")
    before = keyring.get_keyring()
    keyring.set_keyring(keyring.backends.null.Keyring())  # type: ignore[no-untyped-call]  # the same
    try:
        problem = keep("default", Secret(TOKEN))
    finally:
        keyring.set_keyring(before)
    assert problem is not None
    assert problem.startswith("The token is not kept: this system has no keyring that is trusted (Secret Service: ")


def test_another_token_is_recognised_by_a_keyed_fingerprint(tmp_path: Path) -> None:
    with Store(tmp_path / "state.db") as store:
        assert [is_another(store, Secret(word)) for word in (TOKEN, TOKEN, "other-token", TOKEN)] == [
            False, False, True, True,
        ]  # fmt: skip
        dump = "\n".join(store.conn.iterdump())
    assert TOKEN not in dump
    with Store(tmp_path / "elsewhere.db") as store:
        is_another(store, Secret(TOKEN))
        marks = {line for line in store.conn.iterdump() if "token_fingerprint" in line}
    assert not marks & set(dump.splitlines())


def test_a_command_that_prints_it() -> None:
    assert printed("printf 'first\\nsecond\\n'") == "first"
    assert printed(f"{sys.executable} -c 'print(\"a b\" * 2)'") == "a ba b"


def test_a_command_is_run_without_a_shell_and_without_our_tokens(monkeypatch: pytest.MonkeyPatch) -> None:
    assert printed("echo $HOME;id|cat") == "$HOME;id|cat"
    monkeypatch.setenv("OCHRE_TUI_INTERCOM_TOKEN", TOKEN)
    monkeypatch.setenv("OCHRE_TUI_OCHRE_TOKEN", TOKEN)
    assert printed(f"{sys.executable} -c 'import os; print([k for k in os.environ if \"TOKEN\" in k])'") == "[]"


def test_a_command_that_fails_says_why_with_nothing_that_steers_a_terminal() -> None:
    with pytest.raises(CredentialError, match="ended with 3 and gave no token") as raised:
        printed(f"{sys.executable} -c 'import sys; sys.stderr.write(chr(27) + \"[31mlocked\"); sys.exit(3)'")
    assert raised.value.advice == "It said: ␛[31mlocked"


@pytest.mark.parametrize("command", ["", "  ", "'open", "/nowhere/to/be/found"])
def test_commands_that_can_t_be_run(command: str) -> None:
    with pytest.raises(UsageError, match=r"token-command|can't be run"):
        printed(command)


@pytest.mark.parametrize(
    "code", ["import time; time.sleep(60)", "import os, time; os.close(1); os.close(2); time.sleep(60)"]
)
def test_a_command_that_does_not_end_is_ended(code: str) -> None:
    with pytest.raises(CredentialError, match="did not end in time"):
        printed(f"{sys.executable} -c '{code}'", patience_s=0.5)


def test_a_command_that_prints_for_ever_fills_no_memory() -> None:
    with pytest.raises(CredentialError, match="did not end in time"):
        printed("yes", patience_s=0.5)


def at(file: Path) -> TokenSource:
    return TokenSource(file=file)


@pytest.mark.parametrize("said", ["", "\n", "   \n", "\n" + TOKEN])
def test_standard_input_without_a_token(monkeypatch: pytest.MonkeyPatch, said: str) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(said))
    with pytest.raises(CredentialError, match="Standard input holds no token") as raised:
        find_token("default", TokenSource(stdin=True))
    assert raised.value.exit_code == 4


def test_standard_input_that_is_no_text(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"\xff\xfe\n"), encoding="utf-8"))
    with pytest.raises(CredentialError, match="odd characters"):
        find_token("default", TokenSource(stdin=True))


@pytest.mark.parametrize("odd", ["two words", "tok\x00en", "tok\x1b[31m", "töken", "tok\nen\nx", "\u202etoken", "a\tb"])
def test_odd_tokens_are_refused_and_not_repeated(monkeypatch: pytest.MonkeyPatch, odd: str) -> None:
    if "\x00" not in odd:
        monkeypatch.setenv(ENVIRONMENT, odd)
        with pytest.raises(CredentialError, match="odd characters") as raised:
            find_token("default")
        assert odd not in str(raised.value) + raised.value.advice
    Ring.kept["ochre-tui", "default"] = odd
    monkeypatch.delenv(ENVIRONMENT, raising=False)
    with pytest.raises(CredentialError, match="odd characters"):
        find_token("default")


@given(st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), min_size=1))
def test_any_plain_word_is_taken_as_it_is(word: str) -> None:
    Ring.kept["ochre-tui", "default"] = f"  {word}\n"
    assert find_token("default").unwrap() == word


def test_a_private_file(tmp_path: Path) -> None:
    path = private(tmp_path / "token")
    for mode in (0o600, 0o400):
        path.chmod(mode)
        assert find_token("default", at(path)).unwrap() == TOKEN


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o660, 0o601, 0o777])
def test_a_file_that_others_may_use_is_refused(tmp_path: Path, mode: int) -> None:
    path = private(tmp_path / "token")
    path.chmod(mode)
    with pytest.raises(UsageError, match="is not a private file of yours") as raised:
        find_token("default", at(path))
    assert raised.value.exit_code == 2
    assert "0600" in raised.value.advice


def test_links_folders_and_pipes_are_refused(tmp_path: Path) -> None:
    link, pipe = tmp_path / "link", tmp_path / "pipe"
    link.symlink_to(private(tmp_path / "token"))
    os.mkfifo(pipe, 0o600)
    for path in (link, pipe):
        with pytest.raises(UsageError, match="is not a private file of yours"):
            find_token("default", at(path))
    with pytest.raises(UsageError, match="Is a directory"):
        find_token("default", at(tmp_path))
    with pytest.raises(UsageError, match="No such file"):
        find_token("default", at(tmp_path / "nowhere"))


def test_a_file_of_somebody_else_is_refused(tmp_path: Path) -> None:
    if os.getuid() == 0:
        path = private(tmp_path / "token")
        os.chown(path, 65534, -1)
    else:
        path = next(file for file in map(Path, ("/etc/passwd", "/etc/hosts")) if file.stat().st_uid == 0)
    with pytest.raises(UsageError, match="is not a private file of yours"):
        find_token("default", at(path))


@pytest.mark.parametrize("content", [b"", b"\n", b"  "])
def test_an_empty_file(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(CredentialError, match="holds no token"):
        find_token("default", at(private(tmp_path / "token", content)))


@pytest.mark.parametrize("content", [b"\xff\xfe", b"first\nsecond\n", b"tok en"])
def test_a_file_that_holds_something_else(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(CredentialError, match="odd characters"):
        find_token("default", at(private(tmp_path / "token", content)))


_ASK = """
from pathlib import Path
from ochre_tui.commands.credentials import take_token
from ochre_tui.core.errors import CredentialError
from ochre_tui.core.paths import MigrationPaths
from ochre_tui.migration.session import Session
try:
    print("got", take_token(Session(MigrationPaths("default", Path("default")))).unwrap() == "typed-token", flush=True)
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
    assert {option for option in names if "token" in option} == {
        "--token-stdin",
        "--token-file",
        "--token-command",
        "--keep-token",
    }
