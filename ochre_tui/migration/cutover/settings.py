"""What the operator enters for the cut-over: their site and domain, and the values that Ochre shows per workspace."""

from __future__ import annotations

from dataclasses import dataclass, fields

from ochre_tui.store.store import Store

KEY = "cut_over_values"


@dataclass(frozen=True, slots=True)
class Entered:
    """`domain` is the support address's; `inbox` the name that has its MX record, where that is another. `dkim_record`
    is the text of a TXT record, or the name that a CNAME record leads to. `name_server` is asked instead of the
    system's. None: not entered."""

    site: str | None = None
    domain: str | None = None
    inbox: str | None = None
    mx_host: str | None = None
    spf_include: str | None = None
    dkim_selector: str | None = None
    dkim_record: str | None = None
    name_server: str | None = None

    @property
    def mx_name(self) -> str | None:
        """The name whose MX record takes the mail."""
        return self.inbox or self.domain

    @property
    def dkim_name(self) -> str | None:
        """The name of the DKIM record."""
        return f"{self.dkim_selector}._domainkey.{self.domain}" if self.dkim_selector and self.domain else None

    @property
    def dkim_is_alias(self) -> bool:
        """Whether the DKIM record that Ochre shows is a CNAME record."""
        return self.dkim_record is not None and "=" not in self.dkim_record


def entered(store: Store) -> Entered:
    """What was entered so far."""
    known = {field.name for field in fields(Entered)}
    return Entered(**{key: value for key, value in (store.get(KEY) or {}).items() if key in known})
