"""The `sandbox` command: the simulated Intercom by itself, to rehearse against."""

from __future__ import annotations

import asyncio
import signal
import sys
import threading

import click
import orjson

from ochre_tui.sandbox.config import HISTORY_END, Addresses, Sandbox
from ochre_tui.sandbox.faults import KINDS, parse
from ochre_tui.sandbox.server import run, serve


def _known_faults(context: click.Context, parameter: click.Parameter, texts: tuple[str, ...]) -> tuple[str, ...]:
    for text in texts:
        try:
            parse(text)
        except ValueError as error:
            raise click.BadParameter(str(error)) from error
    return texts


@click.command("sandbox")
@click.option("--port", default=0, help="Port of the API; any free one unless given.")
@click.option("--files-port", default=0, help="Port of the files; any free one unless given.")
@click.option("--conversations", default=500, show_default=True, type=click.IntRange(0), help="How many to make up.")
@click.option("--seed", default=1, show_default=True, help="The same seed gives the same data.")
@click.option("--nasty", is_flag=True, help="A higher share of strange records.")
@click.option("--rate-limit", default=1666, show_default=True, type=click.IntRange(0), help="Per 10 s; 0 is none.")
@click.option("--latency", default=0.0, show_default=True, type=click.FloatRange(0), help="Seconds to each answer.")
@click.option("--url-life", default=1800, show_default=True, type=click.IntRange(1), help="Seconds a file URL lives.")
@click.option(
    "--scroll-life", default=60.0, show_default=True, type=click.FloatRange(0), help="Seconds a scroll lives."
)
@click.option(
    "--fault",
    "faults",
    multiple=True,
    metavar="NAME[=ARG][,share=S][,times=N][,path=P][,after=N]",
    callback=_known_faults,
    help="Break something, again and again if repeated; 'mix' is all that passes. --list-faults names them.",
)
@click.option("--list-faults", is_flag=True, help="Name every fault and end.")
@click.option("--json", "as_json", is_flag=True, help="One JSON line with the addresses.")
@click.option("--until-stdin-closes", is_flag=True, help="End when standard input ends, as with a parent's death.")
def sandbox(
    port: int,
    files_port: int,
    conversations: int,
    seed: int,
    nasty: bool,
    rate_limit: int,
    latency: float,
    url_life: int,
    scroll_life: float,
    faults: tuple[str, ...],
    list_faults: bool,
    as_json: bool,
    until_stdin_closes: bool,
) -> None:
    """Serve a simulated Intercom on loopback until interrupted: made-up data, real HTTP."""
    if list_faults:
        for name, kind in KINDS.items():
            click.echo(f"{name:16} {kind.about}")
        return
    config = Sandbox(
        port=port,
        files_port=files_port,
        conversations=conversations,
        seed=seed,
        nasty=nasty,
        rate_limit=rate_limit,
        latency_s=latency,
        url_life_s=url_life,
        scroll_life_s=scroll_life,
        faults=faults,
        now=HISTORY_END,
    )

    def started(addresses: Addresses) -> None:
        click.echo(_line(addresses) if as_json else _welcome(addresses, config))
        sys.stdout.flush()

    try:
        run(lambda: _until_ended(config, started, until_stdin_closes=until_stdin_closes))
    except OSError as error:
        raise click.ClickException(f"cannot listen: {error.strerror}") from error


async def _until_ended(config: Sandbox, started: object, *, until_stdin_closes: bool) -> None:
    assert callable(started)
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    if until_stdin_closes:

        def watch() -> None:
            while sys.stdin.buffer.read(4096):
                pass
            loop.call_soon_threadsafe(stop.set)

        threading.Thread(target=watch, name="standard input", daemon=True).start()
    await serve(config, started, stop)


def _line(addresses: Addresses) -> str:
    fields = {
        "url": addresses.url,
        "files_url": addresses.files_url,
        "token": addresses.token,
        "attachment_hosts": addresses.attachment_host,
    }
    return orjson.dumps(fields).decode()


def _welcome(addresses: Addresses, config: Sandbox) -> str:
    return f"""\
A simulated Intercom with {config.conversations:,} conversations (seed {config.seed}) is listening.

  API    {addresses.url}
  files  {addresses.files_url}
  token  {addresses.token}

To import from it, in another terminal:

  export OCHRE_TUI_INTERCOM_URL={addresses.url}
  export OCHRE_TUI_ATTACHMENT_HOSTS={addresses.attachment_host}
  export OCHRE_TUI_INTERCOM_TOKEN={addresses.token}

What it has answered: {addresses.url}/_sandbox/state
Ctrl-C ends it."""
