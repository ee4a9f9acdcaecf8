"""The control interface under `/_sandbox/`: look at a running sandbox, break it, change its world."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict
from typing import Any

from ochre_tui.sandbox import routes
from ochre_tui.sandbox.exchange import ApiError, Call, Json, Reply, answer, refuse
from ochre_tui.sandbox.faults import Fault
from ochre_tui.sandbox.site import Site
from ochre_tui.sandbox.truth import TruthPlan, expected_export

Action = Callable[[Site, Json], Any]

# Changes that happen at a moment, and those that have none.
_TIMED = {"new_conversation", "add_part", "set_state", "delete_conversation", "merge_contacts", "update_contact"}
_TIMED |= {"new_macro", "new_contact", "update_company"}
_CHANGES = _TIMED | {"delete_contact", "rename_tag", "new_tag"}


def reply(site: Site, call: Call) -> Reply:
    """The answer to a control request; errors come in the API's envelope."""
    action = _ACTIONS.get((call.method, call.path.removeprefix("/_sandbox/")))
    try:
        if action is None:
            raise ApiError(404, "not_found", f"no such control: {call.method} {call.path}")
        return answer(action(site, call.json()))
    except ApiError as refusal:
        return refuse(refusal, "control")
    except (KeyError, TypeError, ValueError) as error:
        return refuse(ApiError(400, "bad_request", f"{type(error).__name__}: {error}"), "control")


def switch(site: Site, fault: Fault) -> None:
    """Carry out a fault that changes the site as a whole."""
    match fault.name:
        case "revoke":
            site.revoked.add(site.token)
        case "scope":
            site.missing_scopes.add(_scope(fault.arg))
        case "limit":
            site.windows.limit = int(fault.arg)


def _state(site: Site, body: Json) -> Json:
    files = asdict(site.files)
    return {
        "files_url": site.files_url,
        "conversations": len(site.world.conversation_index()),
        "contacts": len(site.world.contact_ids()),
        "requests": {"total": site.counts.total, "by_endpoint": dict(site.counts.requests)},
        "by_status": _texts(site.counts.by_status),
        "windows": {
            "limit": site.windows.limit,
            "used": _texts(site.windows.used),
            "refused": _texts(site.windows.refused),
        },
        "files": {**files, "by_status": _texts(site.files.by_status)},
        "faults": {"active": [fault.name for fault in site.faults.active], "fired": dict(site.faults.fired)},
        "missing_scopes": sorted(site.missing_scopes),
        "now": site.clock.now(),
    }


def _texts(counts: dict[int, int]) -> dict[str, int]:
    return {str(key): value for key, value in counts.items()}


def _faults(site: Site, body: Json) -> Json:
    """`{"faults": ["mix", "500=times=2"]}`: exactly these from now on."""
    site.faults.put(body["faults"])
    return {"active": [fault.name for fault in site.faults.active]}


def _limit(site: Site, body: Json) -> Json:
    """`{"limit": 83}`: requests per window, 0 for no limit."""
    site.windows.limit = int(body["limit"])
    return {"limit": site.windows.limit}


def _revoke(site: Site, body: Json) -> Json:
    """`{}` kills the token; with `{"token": "…"}` another one is good from now on."""
    site.revoked.add(site.token)
    if "token" in body:
        site.token = str(body["token"])
        site.revoked.discard(site.token)
    return {"revoked": len(site.revoked)}


def _scopes(site: Site, body: Json) -> Json:
    """`{"missing": ["read_tickets"]}`: exactly these scopes are missing from now on."""
    site.missing_scopes = {_scope(name) for name in body["missing"]}
    return {"missing": sorted(site.missing_scopes)}


def _scope(name: str) -> str:
    if name not in routes.SCOPES:
        raise ValueError(f"unknown scope {name!r}; known are {', '.join(routes.SCOPES)}")
    return name


def _clock(site: Site, body: Json) -> Json:
    """`{"advance_s": 1800}`: the server's clock jumps ahead, so addresses and scrolls expire."""
    site.clock.advance(float(body["advance_s"]))
    return {"now": site.clock.now()}


def carry_out_due(site: Site) -> None:
    """The changes whose request has come; one that can't be any more, as its record has gone, is left out."""
    due = [change for turn, change in site.scheduled if turn <= site.counts.total]
    site.scheduled = [(turn, change) for turn, change in site.scheduled if turn > site.counts.total]
    for change in due:
        with suppress(KeyError):
            _carry_out(site, change)
    if due:
        site.changed()


def _change(site: Site, body: Json) -> Json:
    """`{"changes": [{"change": "add_part", "id": "…"}]}`: in this order, now unless `at` is given; with `after`, before
    so many more requests are answered."""
    if "after" in body:
        turn = site.counts.total + int(body["after"])
        site.scheduled += [(turn, dict(change)) for change in body["changes"]]
        return {"scheduled": len(site.scheduled)}
    results = [_carry_out(site, dict(change)) for change in body["changes"]]
    site.changed()
    return {"results": results}


def _carry_out(site: Site, change: Json) -> Any:
    name = change.pop("change")
    if name not in _CHANGES:
        raise ValueError(f"unknown change {name!r}; known are {', '.join(sorted(_CHANGES))}")
    if name in _TIMED:
        change.setdefault("at", site.moment())
    subject = [change.pop("id")] if "id" in change else []
    return getattr(site.world, name)(*subject, **change)


def _truth(site: Site, body: Json) -> Any:
    """What an import by the plan in the body (`TruthPlan.as_json`) must export, by file, with symbolic ids."""
    return expected_export(site.world, TruthPlan.from_json(body))


_ACTIONS: dict[tuple[str, str], Action] = {
    ("GET", "state"): _state,
    ("POST", "faults"): _faults,
    ("POST", "limit"): _limit,
    ("POST", "revoke"): _revoke,
    ("POST", "scopes"): _scopes,
    ("POST", "clock"): _clock,
    ("POST", "changes"): _change,
    ("POST", "truth"): _truth,
}
