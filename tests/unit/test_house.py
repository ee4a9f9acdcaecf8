"""Who alone does what: unwraps a secret, takes the lease."""

from __future__ import annotations

import base64
import re
from pathlib import Path
from urllib.parse import quote

import pytest

import ochre_tui
from ochre_tui.core.secret import Secret, redacted

CANARY = "canary/6f1d+0c2e=="
ALLOWED = {
    "intercom/client.py": 1,
    "migration/importer/detach.py": 1,  # into the pipe of the process that goes on with the import
    "ochre/http/api_paths.py": 1,
    "commands/serve.py": 3,  # a token or password of Ochre's own that was just made is shown once, to be copied
    "server/access.py": 1,  # compared with the password that a browser sends
    "migration/credentials/tokens.py": 1,
    "migration/credentials/passphrase.py": 2,  # into the keyring and the same pipe
    "migration/encrypt.py": 1,  # its length is looked at
    "core/encryption.py": 1,  # the key is made from it
    "migration/plan/file.py": 1,  # tomlkit's, of an item of a TOML document
}


def test_unwrapping_is_done_where_a_request_is_signed() -> None:
    package = Path(ochre_tui.__file__).parent
    found = {
        str(path.relative_to(package)): len(re.findall(r"\.unwrap\(", path.read_text("utf-8")))
        for path in package.rglob("*.py")
    }
    assert {path: number for path, number in found.items() if number} == ALLOWED


def test_only_the_session_takes_the_lease() -> None:
    package = Path(ochre_tui.__file__).parent
    taking = re.compile(r"^from ochre_tui\.store\.lease import [^\n]*\bheld\b|\blease\.held\(", re.MULTILINE)
    takers = {
        str(path.relative_to(package)) for path in package.rglob("*.py") if taking.search(path.read_text("utf-8"))
    }
    assert takers == {"migration/session.py"}


@pytest.mark.parametrize("before", ["", "a", "ab", "abc", "user:"])
@pytest.mark.parametrize("after", ["", "z", "zy", "zyx"])
@pytest.mark.parametrize("encode", [base64.b64encode, base64.urlsafe_b64encode])
def test_base64_is_redacted_wherever_it_stands_in_a_longer_text(before: str, after: str, encode: object) -> None:
    assert callable(encode)
    secret = Secret(CANARY)
    text = encode(f"{before}{CANARY}{after}".encode()).decode()
    assert "***" in redacted(text)
    assert len(redacted(text)) < 16 + len(before) + len(after)
    assert secret.unwrap() == CANARY


def test_its_form_in_a_url_is_redacted() -> None:
    secret = Secret(CANARY)
    assert redacted(f"https://example.com/?token={quote(CANARY, safe='')}&x=1") == "https://example.com/?token=***&x=1"
    assert secret.unwrap() == CANARY
