"""The options by which the values of the cut-over are entered."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, TypeVar

import click

F = TypeVar("F", bound=Callable[..., Any])

_OPTIONS: dict[str, tuple[str, str]] = {
    "site": ("URL", "A page of your site that has the chat widget."),
    "domain": ("DOMAIN", "The domain of your support address."),
    "inbox": ("DOMAIN", "The name that has its MX record, if another (inbox.acme.com)."),
    "mx_host": ("HOST", "The MX host that Ochre shows under Settings, Domains."),
    "spf_include": ("DOMAIN", "The SPF include that it shows there."),
    "dkim_selector": ("NAME", "The DKIM selector that it shows there."),
    "dkim_record": ("TEXT", "The DKIM record that it shows there: a key, or the name to lead to."),
    "name_server": ("ADDRESS", "Ask this name server instead of the system's (9.9.9.9, 127.0.0.1:5353)."),
}


def takes_values(command: F) -> F:
    """Give the command an option for each value, as `given`: those that were given."""

    @functools.wraps(command)
    def wrapped(*words: Any, **arguments: Any) -> Any:
        options = {name: arguments.pop(name) for name in _OPTIONS}
        return command(*words, given={name: text for name, text in options.items() if text is not None}, **arguments)

    for name, (kind, about) in reversed(_OPTIONS.items()):
        wrapped = click.option(f"--{name.replace('_', '-')}", name, metavar=kind, help=about)(wrapped)
    return wrapped  # type: ignore[return-value]  # the decorators of click keep no signature
