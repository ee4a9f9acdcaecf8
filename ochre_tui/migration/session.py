"""What the screens work with: the chosen migration, its store, plan, token and import; nothing of a terminal.

Everything here may block: screens call it in thread workers. Each call opens connections of its own.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

from ochre_tui.core.errors import CredentialError, UsageError
from ochre_tui.core.paths import MigrationPaths, existing, migration_paths, migrations
from ochre_tui.core.secret import Secret
from ochre_tui.core.tasks import in_loop
from ochre_tui.migration import audit, connection, control, status, wipe
from ochre_tui.migration.connection import Connected, OchreServer
from ochre_tui.migration.credentials import passphrase, tokens
from ochre_tui.migration.cutover import checklist
from ochre_tui.migration.cutover.checklist import switched_off
from ochre_tui.migration.importer.detach import Detached, start_detached
from ochre_tui.migration.importer.reference import latest_plan
from ochre_tui.migration.importer.run import MOST_PASSES, ON_REQUEST, Importer, prepare_import, usable_plan
from ochre_tui.migration.importer.thread import ImportThread
from ochre_tui.migration.mapping.admins import admins_known
from ochre_tui.migration.overview import APP_KEY, Entry, Standing, read_entry, read_standing, undecided
from ochre_tui.migration.plan import changes as plan_changes
from ochre_tui.migration.plan.changes import PlanChange
from ochre_tui.migration.plan.check import Notice, PlanFacts, check_plan
from ochre_tui.migration.plan.model import SCOPES, Fields, Plan, PlanError, Problem
from ochre_tui.migration.plan.on_disk import PlanOnDisk
from ochre_tui.migration.repair import quarantine
from ochre_tui.migration.scan.result import ScannedAdmin, ScanResult, last_scan
from ochre_tui.migration.scan.run import ScanProgress, dry_run
from ochre_tui.migration.scan.suggest import auto_plan, plan_facts, plan_notes, with_suggestions
from ochre_tui.migration.status import Status
from ochre_tui.migration.wipe import Receipt
from ochre_tui.ochre.embedded import administration
from ochre_tui.ochre.embedded.workspace import EmbeddedWorkspace
from ochre_tui.ochre.records import CustomField, User
from ochre_tui.ochre.target import Target
from ochre_tui.store.control import Action
from ochre_tui.store.outcomes import Quarantined
from ochre_tui.store.store import Store


@dataclass(frozen=True, slots=True)
class Reviewed:
    """The plan, checked; `result` is the last scan, `switched_off` what was marked as switched off in Ochre,
    `changes` what is otherwise than at the last import."""

    plan: Plan
    errors: list[Problem]
    warnings: list[Notice]
    result: ScanResult | None
    undecided_admins: int
    undecided_attributes: int
    switched_off: frozenset[str]
    changes: list[PlanChange]

    @property
    def undecided(self) -> int:
        return self.undecided_admins + self.undecided_attributes


@dataclass(frozen=True, slots=True)
class FoundToken:
    """A token that need not be typed, and where it was."""

    token: Secret
    where: str


@dataclass(slots=True)
class Desk:
    """The work on one migration at a time; `name` is None until one is chosen.

    The Intercom token is in memory only, for the migration it was given for.
    """

    home: Path
    now: Callable[[], float] = time.time
    rng: Random | None = None
    name: str | None = None
    running: ImportThread | None = None
    _tokens: dict[str, Secret] = field(default_factory=dict)
    _given: Secret | None = None
    _plans: dict[Path, PlanOnDisk] = field(default_factory=dict)
    _notes: dict[Path, Mapping[str, str]] = field(default_factory=dict)

    @property
    def paths(self) -> MigrationPaths:
        """The chosen migration's paths; UsageError before one is chosen."""
        if self.name is None:
            raise UsageError("No migration is chosen.", advice="Choose one at the start.")
        return migration_paths(self.home, self.name)

    @contextmanager
    def store(self) -> Iterator[Store]:
        """The migration's store, opened for the calling thread."""
        with Store(self.paths.state_db) as store:
            yield store

    @contextmanager
    def target(self) -> Iterator[Target]:
        """The Ochre workspace, opened for the calling thread."""
        with closing(connection.open_target(self.paths)) as workspace:
            yield workspace

    @contextmanager
    def embedded(self) -> Iterator[EmbeddedWorkspace]:
        """The workspace on this machine, opened for the calling thread; UsageError where there is none."""
        with closing(connection.open_embedded(self.paths, "Change that in Ochre itself.")) as workspace:
            yield workspace

    # Migrations

    def entries(self) -> list[Entry]:
        """The migrations on this machine, by name; one that is damaged does not hide the others."""
        return [read_entry(found, int(self.now())) for found in migrations(self.home)]

    def begin(self, name: str) -> None:
        """Make a migration of this name, or choose the one that is there."""
        found = migration_paths(self.home, name)
        found.create()
        Store(found.state_db).close()
        self.name = name

    def choose(self, name: str) -> None:
        """Choose a migration; UsageError where there is none of that name."""
        self.name = existing(self.home, name).name
        self.unseal()

    def delete(self, name: str) -> Receipt:
        """Delete a migration's local data and its kept tokens; MigrationHeldError while a process works on it."""
        receipt = wipe.wipe(existing(self.home, name))
        self._tokens.pop(name, None)
        if self.name == name:
            self.name = None
        return receipt

    def standing(self) -> Standing:
        """How far the chosen migration is."""
        if self.name is None:
            return Standing()
        return read_standing(self.paths, importing_here=self.running is not None and self.running.alive)

    def remember_step(self, step: str) -> None:
        """Remember where the operator is."""
        self._note(step=step)

    def _note(self, **values: Any) -> None:
        with self.store() as store:
            store.set(APP_KEY, {**(store.get(APP_KEY) or {}), **values})

    # Intercom

    def found_token(self) -> FoundToken | None:
        """The token that was given before, or that the environment or the keyring holds."""
        name = self.paths.name
        if name in self._tokens:
            return FoundToken(self._tokens[name], "in memory, until the app ends")
        self._given = tokens.given() or self._given
        if self._given:
            return FoundToken(self._given, f"in the environment ({tokens.ENVIRONMENT})")
        if there := tokens.kept(name):
            return FoundToken(there, "in this system's keyring")
        return None

    def connect(self, given: Secret) -> Connected:
        """Ask Intercom who the token is for, pin that workspace, and keep the token in memory."""
        found = in_loop(connection.connect(given))
        found = connection.remember(self.paths, given, found)
        self._tokens[self.paths.name] = given
        return found

    def keep_token(self) -> str | None:
        """Keep the token, and the passphrase, in the system's keyring; the reason where that did not work."""
        problem = tokens.keep(self.paths.name, self._needed_token())
        words = passphrase.known(self.paths.name) if passphrase.encrypted(self.paths) else None
        return problem or (passphrase.keep(self.paths.name, words) if words else None)

    def encrypt(self, words: Secret) -> None:
        """Encrypt archive and attachments from the first import on; UsageError after it."""
        passphrase.encrypt(self.paths, words)

    def unseal(self, words: Secret | None = None) -> None:
        """Have what is encrypted readable, by these words or those that are known; LockedError where they are wrong."""
        found = words or passphrase.known(self.paths.name)
        if found is not None:
            passphrase.unseal(self.paths, found)

    def scopes(self) -> dict[str, str]:
        """Each permission, "ok" or "missing", when the token was last tested; empty before."""
        with self.store() as store:
            return dict(store.get("scopes") or {})

    def scan(self, progress: Callable[[ScanProgress], None]) -> ScanResult:
        """Scan Intercom; `progress` is called from the calling thread."""
        with self.store() as store:
            return in_loop(dry_run(self.paths, store, self._needed_token(), progress, self.rng))

    def scanned(self) -> ScanResult | None:
        """The last scan, its suggestions made for what Ochre has now; None before the first."""
        with self.store() as store:
            result = last_scan(store)
        suggested = None if result is None else with_suggestions(result, *self._in_ochre())
        self._notes[self.paths.plan] = plan_notes(suggested) if suggested else {}
        return suggested

    def known_admins(self, scanned: ScanResult) -> list[ScannedAdmin]:
        """The admins of the scan, and those that only imported conversations name."""
        with self.store() as store:
            return admins_known(store, scanned, connection.pinned(store).id_code)

    def _needed_token(self) -> Secret:
        found = self.found_token()
        if found is None:
            raise CredentialError("The Intercom token is not known any more.", advice="Enter it again under Connect.")
        return found.token

    # Ochre

    def users(self) -> list[User]:
        """The team of the Ochre workspace."""
        with self.target() as workspace:
            return [user for user in workspace.users() if user.email and user.state != "historical"]

    def add_user(self, email: str, name: str | None, role: str | None) -> User:
        """Add a member of Ochre's team, or update the one with this e-mail; UsageError for a value that is no good."""
        with self.embedded() as workspace:
            return administration.add_user(workspace, email, name, role)

    def import_team(self, file: Path) -> list[User]:
        """Add the users in a CSV file with the header email,name,role; UsageError naming every bad line."""
        with self.embedded() as workspace:
            return administration.import_csv(workspace, file)

    def server(self) -> OchreServer | None:
        """The Ochre server that the migration goes into; None where it stays on this machine."""
        return connection.pinned_server(self.paths)

    def connect_server(self, url: str, given: Secret) -> None:
        """Make the server's workspace for this token the destination; the token stays in memory."""
        server = connection.ask_server(url, given)
        with self.store() as store:
            connection.pin_server(store, server)
        tokens.remember(self.paths.name, given, tokens.OCHRE)

    def rename_target(self, name: str) -> None:
        """Name the Ochre workspace."""
        with self.embedded() as workspace:
            workspace.rename(name)

    def _in_ochre(self) -> tuple[list[User], list[CustomField]]:
        with self.target() as workspace:
            return workspace.users(), workspace.custom_fields()

    # The plan

    def plan(self) -> Plan:
        """The migration's plan, the default one where there is none; PlanError where it was made invalid by hand."""
        return self._plan_on_disk().read()

    def update_plan(self, change: Callable[[Plan], Plan]) -> Plan:
        """Change the plan and write it at once, people's comments kept; the plan as it is now."""
        before: list[Plan] = []

        def noted(plan: Plan) -> Plan:
            before.append(plan)
            return change(plan)

        plan = self._plan_on_disk().update(noted, self._plan_notes)
        audit.note_plan(self.paths, before[0], plan)
        return plan

    def _plan_on_disk(self) -> PlanOnDisk:
        path = self.paths.plan
        return self._plans.setdefault(path, PlanOnDisk(path))

    def _plan_notes(self) -> Mapping[str, str]:
        """Comments for the plan's tables, of the scan and of Ochre as `scanned` saw them last."""
        if self.paths.plan not in self._notes:
            self.scanned()
        return self._notes[self.paths.plan]

    def accept_suggestions(self) -> Plan:
        """Decide what the plan says nothing of as the scan suggests; decisions that were made stay."""
        found = self.scanned()
        if found is None:
            return self.plan()
        suggested = auto_plan(found, *self._in_ochre())

        def change(plan: Plan) -> Plan:
            fields = {scope: {**suggested.fields.of(scope), **plan.fields.of(scope)} for scope in SCOPES}
            return plan.model_copy(
                update={"admins": {**suggested.admins, **plan.admins}, "fields": Fields.model_validate(fields)}
            )

        return self.update_plan(change)

    def reviewed(self) -> Reviewed:
        """The plan as it will be imported by, written where there was none yet."""
        if not self.paths.plan.exists():
            self.update_plan(lambda plan: plan)
        try:
            plan, (errors, warnings) = self.plan(), self.checked()
        except PlanError as error:
            plan, errors, warnings = Plan(), error.errors, []
        found = self.scanned()
        with self.store() as store:
            off = switched_off(store)
            changes = plan_changes.changes(latest_plan(store), plan) if store.get("plan") and not errors else []
        return Reviewed(plan, errors, warnings, found, *undecided(found, plan), off, changes)

    def tick_side_effect(self, effect: str, *, off: bool) -> None:
        """Note what Ochre does by itself as switched off there, or take that back."""
        with self.store() as store:
            checklist.tick(store, effect, int(self.now()) if off else None)
        audit.note(self.paths, "tick" if off else "untick", item=effect)

    def facts(self) -> PlanFacts:
        """What the plan is checked against."""
        with self.store() as store:
            return plan_facts(last_scan(store), *self._in_ochre())

    def checked(self) -> tuple[list[Problem], list[Notice]]:
        """Every error and warning of the plan."""
        try:
            return check_plan(self.plan(), self.facts())
        except PlanError as error:
            return error.errors, []

    # The import

    def status(self) -> Status:
        """How the latest run stands, whichever process imports."""
        with self.store() as store:
            return status.read(store, self.paths)

    def start_import(self, limit: int | None = None) -> None:
        """Begin or take up the import in a thread of this process; `limit`: only the newest conversations, as a sample.

        Raises what makes it impossible before anything is written.
        """
        if not self._importing:
            self.start(ImportThread(self.importer(usable_plan(self.paths), limit)))

    def start_catch_up(self) -> None:
        """Import what changed in Intercom, until nothing new is left, in a thread of this process."""
        if not self._importing:
            importer = self.importer(usable_plan(self.paths))
            self.start(ImportThread(importer, partial(importer.catch_up, MOST_PASSES)))

    def retry_all(self) -> None:
        """Try everything in quarantine again, in a thread of this process."""
        with self.store() as store:
            records = quarantine.listed(store)
        self.retry(records)

    def retry(self, records: Sequence[Quarantined]) -> None:
        """Try these quarantined records again, in a thread of this process."""
        if not self._importing:
            importer = self.importer(usable_plan(self.paths))
            with self.store() as store:
                quarantine.let_try_again(store, records)
            self.start(ImportThread(importer))

    @property
    def _importing(self) -> bool:
        return self.running is not None and self.running.alive

    def importer(self, plan: Plan, limit: int | None = None) -> Importer:
        """What imports by this plan, once Intercom has confirmed the token; MigrationHeldError while one is at work."""
        with self.store() as store:
            return prepare_import(self.paths, store, plan, self._needed_token(), limit)

    def start(self, running: ImportThread) -> None:
        """Begin this as the import of this process."""
        self.running = running
        running.start()

    def steer(self, action: Action, value: int | None = None) -> None:
        """Ask something of the import, whichever process does it; UsageError where none does."""
        with self.store() as store:
            control.ask(store, self.paths, action, value, now=self.now())

    def stop_import(self, why: str | None = None) -> None:
        """Ask the import of this process to finish what it has in hand and end."""
        if self.running is not None:
            self.running.stop(why or ON_REQUEST)

    def take_failure(self) -> BaseException | None:
        """What ended the import of this process early; told once, then forgotten."""
        if self.running is None or self.running.alive:
            return None
        failure, self.running.failure = self.running.failure, None
        return failure

    def hand_over(self) -> Detached | None:
        """Let the import of this process, which was asked to stop, go on in a process of its own; None where it was
        complete before."""
        if self.running is None:
            return None
        self.running.join()
        if self.status().state == "completed":
            return None
        return start_detached(self.paths, self._needed_token(), limit=self.running.importer.limit)
