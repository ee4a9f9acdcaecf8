"""Writes the messages of one conversation: prose, pictures and files that fit its topic."""

from __future__ import annotations

import time
from dataclasses import dataclass
from random import Random
from typing import Any, Final

from ochre_tui.sandbox.world.body import Block, Body, Break, File, Image, Inline, Items, Link, Paragraph, Plain, Styled
from ochre_tui.sandbox.world.body import Item as ListItem
from ochre_tui.sandbox.world.files import FileHost
from ochre_tui.sandbox.world.random import pick
from ochre_tui.sandbox.world.words import CLOSINGS, FILLERS, GREETINGS, JOBS, STREETS, THANKS, Topic

FILE_NAMES: Final[tuple[str, ...]] = (
    "invoice-{invoice}.pdf", "Screenshot {order}.png", "ledger_export.csv", "label {track}.pdf", "photo.jpg",
    "Rechnung März.pdf", "請求書_{invoice}.pdf", "debug.log.txt", "documents.zip", "IMG_2041.JPG",
)  # fmt: skip
PICTURE_NAMES: Final[tuple[str, ...]] = ("Screenshot {order}.png", "photo.jpg", "écran {order}.png", "image.png")
LINK: Final = "https://help.harbourlight.example/en/articles/{order}?utm=inbox&ref=1"


@dataclass(slots=True)
class Writer:
    rng: Random
    topic: Topic
    words: dict[str, str]
    host: FileHost
    number: int
    signed: bool
    made: int = 0

    def fill(self, template: str) -> str:
        return template.format_map(self.words) if "{" in template else template

    def opening(self) -> Body:
        """The customer's first words."""
        rng = self.rng
        blocks: list[Block] = []
        if rng.random() < 0.6:
            blocks.append(
                Paragraph((self.fill(pick(rng, GREETINGS)).replace(self.words["name"], "Harbourlight team"),))
            )
        blocks.append(Paragraph((self.fill(pick(rng, self.topic.openings)),)))
        if self.signed:
            blocks.append(self._signature(self.words["name"], self.words["firm"]))
        return tuple(blocks)

    def question(self) -> Body:
        """What the customer writes later on."""
        chance = self.rng.random()
        if chance < 0.3:
            return (Plain(self.fill(pick(self.rng, THANKS))),)
        source = self.topic.replies if chance < 0.7 else FILLERS
        return (Paragraph((self.fill(pick(self.rng, source)),)),)

    def answer(self) -> Body:
        """What a teammate writes back."""
        rng = self.rng
        text = pick(rng, self.topic.answers) if rng.random() < 0.7 else pick(rng, FILLERS)
        blocks: list[Block] = [Paragraph((self.fill(pick(rng, GREETINGS)),)), Paragraph(self._with_link(text))]
        if rng.random() < 0.12:
            blocks.append(
                Items((ListItem("open Settings"), ListItem("choose Billing & tax"), ListItem("save")), ordered=True)
            )
        blocks.append(Paragraph((self.fill(pick(rng, CLOSINGS)), Break(), Styled("b", self.words["agent"]))))
        return tuple(blocks)

    def note(self) -> Body:
        return (Paragraph((self.fill(pick(self.rng, self.topic.notes)),)),)

    def short(self, text: str) -> Body:
        return (Paragraph((self.fill(text),)),)

    def file(self, name: str | None = None, **more: Any) -> File:
        """A new file of 1 to 60 KB that belongs to this conversation."""
        self.made += 1
        rng = self.rng
        chosen = self.fill(name if name is not None else pick(rng, FILE_NAMES))
        more.setdefault("content", rng.getrandbits(40))
        more.setdefault("size", 1000 + int(rng.random() ** 3 * 59_000))
        return self.host.file(self.number * 4096 + self.made, chosen, **more)

    def picture(self, name: str | None = None, **more: Any) -> Image:
        return Image(self.file(name if name is not None else pick(self.rng, PICTURE_NAMES), **more))

    def _with_link(self, text: str) -> tuple[Inline, ...]:
        if "{link}" not in text:
            return (self.fill(text),)
        before, after = text.split("{link}", 1)
        url = self.fill(LINK)
        shown = url if self.rng.random() < 0.4 else "help article"
        return (
            (self.fill(before), Link(url, shown), self.fill(after)) if after else (self.fill(before), Link(url, shown))
        )

    def _signature(self, name: str, firm: str) -> Paragraph:
        rng = self.rng
        street = f"{pick(rng, STREETS)}\u00a0{rng.randrange(1, 90)}"
        return Paragraph(("--", Break(), Styled("b", name), Break(), f"{pick(rng, JOBS)}, {firm}", Break(), street), "")


def words_for(rng: Random, *, name: str, agent: str, firm: str, at: int) -> dict[str, str]:
    """What the braces of the prose are filled with."""
    order = rng.randrange(10_000, 99_999)
    day = time.gmtime(at - rng.randrange(0, 10) * 86_400)
    return {
        "name": name,
        "agent": agent,
        "firm": firm,
        "invoice": f"HL-{order * 7 % 90_000 + 10_000}",
        "order": str(order),
        "track": f"1Z{order * 7919 % 10**9:09d}",
        "amount": f"€{order % 900 + 20}.{order % 90 + 10}",
        "day": f"{day.tm_mday:02d}.{day.tm_mon:02d}.{day.tm_year}",
        "link": f"https://help.harbourlight.example/en/articles/{order}",
    }
