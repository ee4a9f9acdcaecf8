"""What a story is made with, and how its messages are changed."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from ochre_tui.sandbox.world.companies import Firms
from ochre_tui.sandbox.world.conversation import Author, Message, Story
from ochre_tui.sandbox.world.files import FileHost
from ochre_tui.sandbox.world.index import IndexRow
from ochre_tui.sandbox.world.people import People
from ochre_tui.sandbox.world.staff import Staff
from ochre_tui.sandbox.world.writer import Writer


@dataclass(frozen=True, slots=True)
class Cast:
    """Where stories take their people, files and tags from."""

    seed: int
    people: People
    staff: Staff
    firms: Firms
    host: FileHost
    tag_names: dict[str, str]


@dataclass(slots=True)
class Scene:
    """What one story is made with."""

    cast: Cast
    row: IndexRow
    rng: Random
    writer: Writer
    customer: Author | None
    agent: Author
    story: Story


def first(scene: Scene) -> Message:
    """The source, or the first part where there is none."""
    story = scene.story
    return story.source or story.parts[0]


def talk(scene: Scene, place: int) -> Message:
    """Part `place`, turned into an ordinary answer."""
    part = scene.story.parts[place]
    part.kind, part.author, part.body = "comment", scene.agent, scene.writer.answer()
    part.files, part.assigned_to, part.details, part.tags = (), None, None, ()
    return part


def say(scene: Scene, place: int, kind: str, author: Author | None, text: str) -> Message:
    part = talk(scene, place)
    part.kind, part.author, part.body = kind, author, scene.writer.short(text)
    return part
