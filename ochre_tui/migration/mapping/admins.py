"""The sheet of Intercom's admins: who is matched, who is invited, who is skipped, and the seats this takes."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

from ochre_tui.migration import connection
from ochre_tui.migration.importer.finalize import unlisted_staff
from ochre_tui.migration.mapping.sheet import Choice, Sheet
from ochre_tui.migration.plan.check import PlanFacts, check_plan
from ochre_tui.migration.plan.model import AdminEntry, InvitedRole, Plan, toml_key
from ochre_tui.migration.scan.result import ScannedAdmin, ScanResult
from ochre_tui.migration.scan.suggest import admin_entry, suggest_admin
from ochre_tui.migration.session import Session
from ochre_tui.ochre.ids import normal_email
from ochre_tui.ochre.records import Role, User
from ochre_tui.store import admin_parts
from ochre_tui.store.store import Store

AdminChoice: TypeAlias = Choice[str, AdminEntry]
BILLABLE: Final[frozenset[Role]] = frozenset({"owner", "admin", "agent"})
ROLE_WORDS: Final[dict[Role, str]] = {
    "owner": "owner",
    "admin": "admin",
    "agent": "agent",
    "light_agent": "light agent",
}
_INVITED_ROLES: Final[tuple[InvitedRole, ...]] = ("agent", "light_agent", "admin")
_PARTS: Final = ("", *AdminEntry.model_fields)


@dataclass(frozen=True, slots=True)
class Seats:
    """Billable users in Ochre now, and those that the decisions add; light agents take no seat."""

    now: int
    added: int
    light_agents_added: int


class AdminSheet(Sheet[str, AdminEntry]):
    """Admins by their Intercom id, bots left out."""

    noun = "admin"
    plural = "admins"

    def __init__(
        self, admins: Iterable[ScannedAdmin], users: Sequence[User], entries: Mapping[str, AdminEntry]
    ) -> None:
        self.admins = {admin.id: admin for admin in admins if not admin.is_bot}
        self.users = matchable(users)
        self.suggestions = {key: suggest_admin(admin, users) for key, admin in self.admins.items()}
        self._users = users
        self._keys_by_toml = {
            toml_key(("admins", key, *filter(None, [part]))): key for key in self.admins for part in _PARTS
        }
        super().__init__(self.admins, entries)

    def suggestion(self, key: str) -> AdminEntry | None:
        suggested = self.suggestions[key]
        return admin_entry(suggested) if suggested else None

    def is_certain(self, key: str) -> bool:
        """Whether the e-mail address is the same, or the admin is no longer in Intercom."""
        suggested = self.suggestions[key]
        if suggested is None or suggested.guess:
            return False
        return suggested.action == "match" or self.admins[key].removed

    def skipping(self) -> AdminEntry:
        return AdminEntry(action="skip")

    def find_problems(self, keys: Collection[str]) -> dict[str, str]:
        entries = {key: self._entries[key] for key in keys}
        facts = PlanFacts(self._users, (), admins={key: self.admins[key].email for key in entries})
        errors, _ = check_plan(Plan(admins=entries), facts)
        return {self._keys_by_toml[error.key]: error.error for error in errors}

    def search_text(self, key: str) -> str:
        admin = self.admins[key]
        return f"{admin.name or ''} {admin.email or ''} {key}"

    def choices(self, keys: Sequence[str]) -> list[AdminChoice]:
        """The suggestion if it is the same for all, then invitations, leaving out, Ochre's users, what can't be."""
        suggested = {self.suggestion(key) for key in keys}
        entry = next(iter(suggested)) if len(suggested) == 1 else None
        invitations = [self._invitation(role, keys) for role in _INVITED_ROLES]
        skip: AdminChoice = Choice("Skip", lambda _: self.skipping(), "no account, the name stays on messages")
        matches = [_match(user) for user in sorted(self.users, key=_by_name)]
        choices = [*invitations, skip, *matches]
        likely = [choice for choice in choices if entry is not None and choice.make(keys[0]) == entry]
        rest = sorted((choice for choice in choices if choice not in likely), key=lambda choice: bool(choice.refused))
        return [_suggested(choice, self._why(keys)) for choice in likely] + rest

    def seats(self) -> Seats:
        """What the invitations among the decisions add to the bill; an address that Ochre knows adds nothing."""
        known = {normal_email(user.email or "") for user in self.users}
        added: dict[str, Role] = {}
        for key, entry in self._entries.items():
            email = normal_email(self.admins[key].email or "")
            if entry.action == "invite" and email and email not in known:
                added[email] = entry.role
        return Seats(
            now=sum(user.role in BILLABLE for user in self.users),
            added=sum(role in BILLABLE for role in added.values()),
            light_agents_added=sum(role == "light_agent" for role in added.values()),
        )

    def _invitation(self, role: InvitedRole, keys: Sequence[str]) -> AdminChoice:
        invitable = [key for key in keys if self._can_be_invited(key)]
        refused = "" if invitable else self._why_not_invited(keys)
        left = len(keys) - len(invitable)
        return Choice(
            f"Invite as {ROLE_WORDS[role]}",
            lambda key: AdminEntry(action="invite", role=role) if self._can_be_invited(key) else None,
            "free" if role not in BILLABLE else "takes a seat",
            warning=f"{self.count(left)} can't be invited and stay as they are" if invitable and left else "",
            refused=refused,
        )

    def _can_be_invited(self, key: str) -> bool:
        email = self.admins[key].email
        if not email or "@" not in email:
            return False
        user = self._user_with(email)
        return user is None or key in user.intercom_admin_ids

    def _why_not_invited(self, keys: Sequence[str]) -> str:
        if len(keys) > 1:
            return "none of these can be invited"
        return "is in Ochre already" if self._user_with(self.admins[keys[0]].email or "") else "has no e-mail address"

    def _user_with(self, email: str) -> User | None:
        return next((user for user in self.users if normal_email(user.email or "") == normal_email(email)), None)

    def _why(self, keys: Sequence[str]) -> str:
        suggested = self.suggestions[keys[0]] if len(keys) == 1 else None
        return suggested.reason if suggested else ""


def with_admins(plan: Plan, changed: Mapping[str, AdminEntry | None]) -> Plan:
    """The plan with these entries set, or taken out where they are None."""
    admins = {key: entry for key, entry in {**plan.admins, **changed}.items() if entry is not None}
    return plan.model_copy(update={"admins": admins})


def admin_words(entry: AdminEntry) -> str:
    """What an admin becomes, in words."""
    if entry.action == "match":
        return entry.user or ""
    return f"new {ROLE_WORDS[entry.role]}" if entry.action == "invite" else "skip"


def _by_name(user: User) -> tuple[str, str]:
    return (user.name or user.email or "").casefold(), user.email or ""


def _match(user: User) -> AdminChoice:
    entry = AdminEntry(action="match", user=user.email)
    role = ROLE_WORDS[user.role] if user.role else ""
    return Choice(user.email or "", lambda _: entry, ", ".join(part for part in (user.name, role) if part))


def _suggested(choice: AdminChoice, why: str) -> AdminChoice:
    return Choice(choice.label, choice.make, why or choice.detail, suggested=True)


def admins_known(session: Session, scanned: ScanResult) -> list[ScannedAdmin]:
    """Every admin of the scan, and those that only imported conversations name."""
    known = frozenset(admin.id for admin in scanned.admins)
    with session.store() as store:
        return [*scanned.admins, *_only_named(store, known, connection.pinned(store).id_code)]


def team(session: Session) -> list[User]:
    """Ochre's users that an admin can be matched to."""
    with session.target() as target:
        return matchable(target.users())


def matchable(users: Iterable[User]) -> list[User]:
    """Those of Ochre's users that have, or were invited to, an account."""
    return [user for user in users if user.email and user.state != "historical"]


def _only_named(store: Store, known: frozenset[str], workspace: str) -> Iterator[ScannedAdmin]:
    for id_, user in unlisted_staff(store, workspace, known).items():
        conversations = admin_parts.touched(store.conn, id_).conversations
        yield ScannedAdmin(
            id=id_, name=user.name, email=user.email, is_bot=False, removed=True, conversations=conversations
        )
