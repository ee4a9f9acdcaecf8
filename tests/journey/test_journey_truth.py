"""A whole import against the ground truth, for many made-up workspaces, with and without faults on the way."""

from __future__ import annotations

from pathlib import Path

import pytest

from ochre_tui.sandbox.server import Running, Sandbox, running
from tests.support.command_line import Member, changes, cli_at, contents, hurried, requests, staff

SEEDS = range(1, 11)
NASTY = {3, 6, 9, 10}

# By e-mail in another case, by name, by e-mail, and one who was never in Intercom.
TEAM: list[Member] = [
    ("ANA.SILVA@harbourlight.example", "Ana", "owner"),
    ("zm@example.com", "zoë müller", "agent"),
    ("ben.oconnor@harbourlight.example", "Ben", "light_agent"),
    ("newcomer@example.com", None, "admin"),
]


def invited(sandbox: Running) -> tuple[str, list[str]]:
    """An admin whom the plan invites, and the settings that say so."""
    admin = f'admins."{staff(sandbox)[2].id}"'
    return staff(sandbox)[2].id, [f"{admin}.action=invite", f"{admin}.role=admin"]


@pytest.mark.parametrize("seed", SEEDS)
def test_an_import_equals_the_ground_truth_and_a_second_one_finds_nothing_to_do(seed: int, tmp_path: Path) -> None:
    with running(Sandbox(conversations=120, seed=seed, nasty=seed in NASTY, rate_limit=0)) as sandbox:
        cli = cli_at(tmp_path, sandbox)
        admin, settings = invited(sandbox)
        cli.ready(TEAM, settings)
        admins = cli.plan_read()["admins"]
        assert [entry["action"] for entry in admins.values()].count("match") == 3
        assert admins[admin] == {"action": "invite", "role": "admin"}

        first = cli.run()
        assert cli.differences(sandbox) == []
        assert first["state"] == "completed"
        assert first["counts"]["conversations"]["created"] == 120
        assert {kind for kind, (_, changed) in changes(first).items() if changed} == {"users"}  # those matched
        before, asked = contents(cli.export("first")), requests(sandbox)

        second = cli.run()
        assert changes(second) == {}
        assert contents(cli.export("second")) == before
        assert requests(sandbox)["GET /conversations/*"] == asked["GET /conversations/*"]
        for kind, row in second["counts"].items():
            assert row["found"] == first["counts"][kind]["found"], kind
            assert row["unchanged"] + row["skipped"] + row["quarantined"] == row["found"], kind
        assert (second["contacts"], second["attachments"]) == (first["contacts"], first["attachments"])


@pytest.mark.parametrize("seed", SEEDS)
def test_an_import_through_the_nasty_mix_of_faults_equals_the_ground_truth(seed: int, tmp_path: Path) -> None:
    world = Sandbox(conversations=130, seed=seed, nasty=seed in NASTY, rate_limit=0, scroll_life_s=600)
    with running(world, clock=hurried.monotonic) as sandbox:
        cli = cli_at(tmp_path, sandbox)
        cli.ready(TEAM, invited(sandbox)[1])
        sandbox.control("faults", faults=["mix"])
        cli.run_hurried()
        fired = sandbox.control("state")["faults"]["fired"]
        assert sum(fired.values()) >= 10
        sandbox.control("faults", faults=[])
        assert cli.differences(sandbox) == []
        assert cli.status()["state"] == "completed"
        assert changes(cli.run()) == {}


@pytest.mark.long
@pytest.mark.parametrize("seed", [11, 12, 13])
def test_a_larger_import_through_faults_equals_the_ground_truth(seed: int, tmp_path: Path) -> None:
    world = Sandbox(conversations=2200, seed=seed, nasty=True, rate_limit=0, scroll_life_s=600)
    with running(world, clock=hurried.monotonic) as sandbox:
        cli = cli_at(tmp_path, sandbox)
        cli.ready(TEAM, invited(sandbox)[1])
        sandbox.control("faults", faults=["mix"])
        cli.run_hurried()
        sandbox.control("faults", faults=[])
        assert cli.differences(sandbox) == []
        assert changes(cli.run()) == {}
