"""Who works at Harbourlight: teammates, those who left, teams, and the bots."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ochre_tui.sandbox.world.words import escaped_name

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Admin:
    id: str
    name: str
    email: str
    job: str = "Support"
    team_ids: tuple[int, ...] = ()
    seat: bool = True


@dataclass(frozen=True, slots=True)
class Staff:
    admins: tuple[Admin, ...]
    removed: tuple[Admin, ...]
    teams: tuple[tuple[str, str], ...]
    operator: Admin
    fin: Admin

    @property
    def listed(self) -> tuple[Admin, ...]:
        """All that `GET /admins` shows: today's teammates and the bot."""
        return (*self.admins, self.operator)

    def admin(self, admin_id: str) -> Admin | None:
        return next((admin for admin in self.listed if admin.id == admin_id), None)


_PEOPLE: tuple[tuple[str, str, str, tuple[int, ...]], ...] = (
    ("Ana Silva", "ana.silva@harbourlight.example", "Head of Support", (0, 1)),
    ("Ben O'Connor", "Ben.OConnor@Harbourlight.example", "Support", (0,)),
    ("Chiara Rossi", "chiara@harbourlight.example", "Support", (0, 2)),
    ("Dmitri Volkov", "dmitri@harbourlight.example", "Logistics specialist", (1,)),
    ("Emeka Obi", "emeka@harbourlight.example", "Support", (1, 2)),
    ("Sam Taylor", "sam.taylor@harbourlight.example", "Support", (0,)),
    ("Sam Taylor", "sam.taylor2@harbourlight.example", "Engineering", (3,)),
    ("Yuki Tanaka 🌸", "yuki@contractor.example", "Contractor", (2,)),
    ("Zoë Müller", "zoe.mueller@harbourlight.example", "Billing", (2,)),
    ("Priya Nair", "", "Engineering", (3,)),
)
_REMOVED: tuple[tuple[str, str], ...] = (
    ("Frank Castellano", "frank@harbourlight.example"),
    ("Greta Lund", "greta@old-agency.example"),
    ("Hiroshi <Hiro> Abe", "hiro@harbourlight.example"),
)
_TEAMS = ("Billing", "Logistics", "Onboarding & Success", "Engineering 🛠")


def make_staff(seed: int, app: str) -> Staff:
    base = 814_800 + seed % 1000 * 100
    team_ids = [5_017_690 + seed % 1000 * 10 + number for number in range(len(_TEAMS))]
    admins = tuple(
        Admin(str(base + number), name, email, job, tuple(team_ids[team] for team in teams))
        for number, (name, email, job, teams) in enumerate(_PEOPLE)
    )
    return Staff(
        admins=admins,
        removed=tuple(Admin(str(base + 50 + n), name, email) for n, (name, email) in enumerate(_REMOVED)),
        teams=tuple((str(team_id), name) for team_id, name in zip(team_ids, _TEAMS, strict=True)),
        operator=Admin(str(base + 90), "Operator", f"operator+{app}@intercom.io", "", (), False),
        fin=Admin(str(base + 91), "Fin", f"operator+{app}@intercom.io", "", (), False),
    )


def admin_json(admin: Admin) -> Json:
    return {
        "type": "admin",
        "id": admin.id,
        "name": escaped_name(admin.name),
        "email": admin.email,
        "job_title": admin.job,
        "away_mode_enabled": False,
        "away_mode_reassign": False,
        "away_status_reason_id": None,
        "has_inbox_seat": admin.seat,
        "team_ids": list(admin.team_ids),
        "team_priority_level": {"primary_team_ids": list(admin.team_ids[:1]), "secondary_team_ids": []},
        "role": {"type": "role", "id": "1", "name": "Support"} if admin.seat else None,
    }


def team_json(staff: Staff, team_id: str, name: str) -> Json:
    members = [int(admin.id) for admin in staff.admins if int(team_id) in admin.team_ids]
    return {
        "type": "team",
        "id": team_id,
        "name": escaped_name(name),
        "admin_ids": members,
        "admin_priority_level": {"primary_admin_ids": members, "secondary_admin_ids": []},
        "assignment_limit": 20,
        "distribution_method": "round_robin",
    }


def me_json(staff: Staff, app: str, founded: int) -> Json:
    owner = staff.admins[0]
    return {
        "type": "admin",
        "id": owner.id,
        "name": escaped_name(owner.name),
        "email": owner.email,
        "email_verified": True,
        "job_title": owner.job,
        "has_inbox_seat": True,
        "away_mode_enabled": False,
        "away_mode_reassign": False,
        "team_ids": list(owner.team_ids),
        "avatar": {
            "type": "avatar",
            "image_url": f"https://static.intercomassets.com/avatars/{owner.id}/square_128.jpg",
        },
        "app": {
            "type": "app",
            "id_code": app,
            "name": "Harbourlight",
            "region": "US",
            "timezone": "America/Los_Angeles",
            "created_at": founded,
            "identity_verification": True,
        },
    }
