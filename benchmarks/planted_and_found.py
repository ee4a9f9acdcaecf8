"""Which planted differences verification finds, and whether the command that it names mends them.

    python -m benchmarks.planted_and_found [--write docs/reliability.md]

Imports a small simulated workspace, plants each difference of `tests/support/planted.py` into a copy of it,
verifies, runs the command that the difference names, verifies again, and prints a table in Markdown. `--write` puts it
under "Planted and found" in that file.
"""

from __future__ import annotations

import argparse
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path

from ochre_tui.sandbox.server import Sandbox, running
from tests.support.command_line import cli_at
from tests.support.planted import PLANTS, Found
from tests.support.spoilable import Spoilable, found_in

TITLE = "## Planted and found"
ABOUT = """\
Each difference was planted behind the importer's back, straight into `workspace.db`, `state.db` or a file of a real
import, and looked for with `ochre-tui verify`. It counts as found when the check named here names the very record and
field, and as mended when the command that the difference names leads to a verification without differences. The table
is made by `python -m benchmarks.planted_and_found --write docs/reliability.md`; the same plants run in `make test`.
"""


def main() -> None:
    """Print the table, or put it where the arguments ask for it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", type=Path, help="the file to put it in")
    asked = parser.parse_args()
    section = f"{TITLE}\n\n{ABOUT}\n" + "\n".join(table()) + "\n"
    if asked.write is None:
        print(section)
    else:
        asked.write.write_text(with_section(asked.write.read_text("utf-8"), section), "utf-8")


def table() -> Iterator[str]:
    """The lines of the table, each once it is known."""
    yield "| planted | found by the check | named as | mended by |"
    yield "|---|---|---|---|"
    with tempfile.TemporaryDirectory() as folder, running(Sandbox(conversations=60, seed=5, rate_limit=0)) as sandbox:
        cli = cli_at(Path(folder) / "imported", sandbox)
        cli.ready([("ana.silva@harbourlight.example", "Ana", "owner")])
        cli.run()
        for number, plant in enumerate(PLANTS):
            copy = cli.copied(Path(folder) / str(number))
            yield row(plant, Spoilable(copy.home, copy.environment, copy.team))


def row(name: str, cli: Spoilable) -> str:
    """One plant: what became of it."""
    planted = PLANTS[name](cli)
    found = found_in(cli.verify())
    if found.get(planted.check) != planted.found:
        return f"| {name} | **not found** | | |"
    mended = "by hand: it may be somebody's own"
    if planted.command is not None:
        cli.do(*planted.command.split()[1:])
        mended = f"`{planted.command}`" if cli.verify().exit == 0 else f"**not** by `{planted.command}`"
    return f"| {name} | {planted.check} | {words(planted.found)} | {mended} |"


def words(found: list[Found]) -> str:
    """What the differences say, the first two of them."""
    said = [f"{re.sub(r' of [0-9]+$', '', kind)}: {field or 'the record'}" for kind, _, field in found]
    said = list(dict.fromkeys(said))
    return "; ".join(said[:3])


def with_section(text: str, section: str) -> str:
    """The page with this section in the place of the old one, or at its end."""
    parts = re.split(r"(?m)^(?=## )", text)
    kept = [part for part in parts if not part.startswith(TITLE)]
    place = next((i for i, part in enumerate(parts) if part.startswith(TITLE)), len(kept))
    return "\n".join(part.rstrip("\n") + "\n" for part in [*kept[:place], section, *kept[place:]])


if __name__ == "__main__":
    main()
