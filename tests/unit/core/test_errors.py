"""The one exception tree: every error says what happened and what to do, and ends with the contract's code."""

from __future__ import annotations

import importlib
import pkgutil

import pytest

from ochre_tui.core import errors
from ochre_tui.core.errors import OchreTuiError

EXIT_CODES = {
    "OchreTuiError": 1,
    "UsageError": 2,
    "CredentialError": 4,
    "UnreachableError": 5,
    "DiskFullError": 5,
    "MigrationHeldError": 6,
    "StoreError": 1,
    "RecordError": 1,
    "AuditError": 8,
}


def tree(kind: type[OchreTuiError] = OchreTuiError) -> list[type[OchreTuiError]]:
    return [kind, *(below for child in kind.__subclasses__() for below in tree(child))]


def test_exit_codes_of_the_tree() -> None:
    here = {kind.__name__: kind.exit_code for kind in tree() if kind.__module__ == errors.__name__}
    assert here == EXIT_CODES


def test_errors_elsewhere_keep_to_the_codes_of_the_contract() -> None:
    for package in ("intercom", "ochre", "migration", "store", "commands"):
        parent = importlib.import_module(f"ochre_tui.{package}")
        for module in pkgutil.walk_packages(parent.__path__, f"{parent.__name__}."):
            importlib.import_module(module.name)
    assert len(tree()) > len(EXIT_CODES) + 5
    assert {kind.exit_code for kind in tree()} <= {1, 2, 3, 4, 5, 6, 7, 8}


def test_what_to_try_again_is_what_may_go_away_by_itself() -> None:
    retryable = {kind.__name__ for kind in tree() if kind.__module__ == errors.__name__ and kind.retryable}
    assert retryable == {"UnreachableError", "DiskFullError"}


@pytest.mark.parametrize("kind", [kind for kind in tree() if kind.__module__ == errors.__name__])
def test_an_error_says_title_meaning_and_advice(kind: type[OchreTuiError]) -> None:
    plain = kind("It broke.")
    assert (str(plain), plain.title, plain.meaning, plain.advice) == ("It broke.",) * 2 + ("Nothing was changed.", "")
    full = kind("It broke.", meaning="Half is there.", advice="Run it again.")
    assert (full.meaning, full.advice) == ("Half is there.", "Run it again.")
