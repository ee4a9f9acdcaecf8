"""The words that made-up people, firms and messages are put together from."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from html import escape
from importlib.resources import files
from typing import Final

PEOPLE: tuple[tuple[str, str], ...] = (
    ("Amara", "Okafor"),
    ("Chidi", "Eze"),
    ("Thandiwe", "Nkosi"),
    ("Kwame", "Mensah"),
    ("Ayşe", "Yılmaz"),
    ("Mehmet", "Kaya"),
    ("Łukasz", "Wójcik"),
    ("Agnieszka", "Kowalczyk"),
    ("Zoë", "van der Berg"),
    ("Pieter", "de Vries"),
    ("Søren", "Kjærgaard"),
    ("Ingrid", "Ødegård"),
    ("Åsa", "Lindström"),
    ("Jürgen", "Weiß"),
    ("Hannelore", "Schäfer"),
    ("François", "Lefèvre"),
    ("Chloé", "Dubois"),
    ("José", "Muñoz"),
    ("María José", "Ibáñez"),
    ("João", "Gonçalves"),
    ("Beatriz", "Araújo"),
    ("Giulia", "D'Angelo"),
    ("Niccolò", "Ferrari"),
    ("Dimitra", "Παπαδοπούλου"),
    ("Олена", "Шевченко"),
    ("Дмитрий", "Соколов"),
    ("דנה", "לוי"),
    ("محمد", "العلي"),
    ("فاطمة", "حسن"),
    ("Priya", "Raghunathan"),
    ("अर्जुन", "शर्मा"),
    ("Ravi", "Chandrasekaran"),
    ("Nguyễn", "Thị Hương"),
    ("田中", "健太"),
    ("佐藤", "美咲"),
    ("김", "서연"),
    ("王", "小明"),
    ("陈", "丽华"),
    ("Siti", "Rahmawati"),
    ("Kalani", "Kahananui"),
    ("Aroha", "Ngata"),
    ("Liam", "O'Sullivan"),
    ("Siobhán", "Ní Bhriain"),
    ("Grace", "Whitfield"),
    ("Marcus", "Adeyemi-Clarke"),
    ("Tomás", "Novák"),
    ("Petra", "Horváthová"),
    ("Andrei", "Ionescu"),
    ("Elif", "Şahin"),
    ("Björk", "Jónsdóttir"),
)
LOGINS: tuple[str, ...] = (
    "amara.okafor", "chidi.eze", "t.nkosi", "kwame", "ayse", "m.kaya", "lukasz.wojcik", "agnieszka",
    "zoe", "pieter", "soren", "ingrid", "asa", "j.weiss", "h.schaefer", "f.lefevre",
    "chloe", "jose.munoz", "mjose", "joao", "beatriz", "g.dangelo", "nicco", "dimitra",
    "olena", "dsokolov", "dana", "m.alali", "fatima", "priya", "arjun", "ravi",
    "huong", "tanaka", "misaki", "seoyeon", "xiaoming", "lihua", "siti", "kalani",
    "aroha", "liam", "siobhan", "grace", "marcus", "tomas", "petra", "andrei",
    "elif", "bjork",
)  # fmt: skip
FIRM_HEADS: tuple[str, ...] = (
    "Northwind", "Blue Heron", "Castellan", "Delmare", "Eastgate", "Ferrovia", "Granite Bay", "Hollis & Reed",
    "Ibex", "Juniper", "Kestrel", "Lumen", "Meridian", "Nordhavn", "Oakline", "Pelikan", "Quarry Lane", "Rosário",
    "Silverbirch", "Tidewater", "Ulmen", "Vantage", "Weststrand", "Yarrow", "Zephyr", "Ægir", "Café Morgen",
    "東海物流", "Smith + Söhne", "Brückner",
)  # fmt: skip
FIRM_TAILS: tuple[str, ...] = (
    "Logistics", "Freight", "Trading", "Foods", "Textiles", "Instruments", "Marine", "Wholesale", "Pharma", "Paper",
    "Coffee", "Robotics", "Energy", "Furniture", "Optics",
)  # fmt: skip
FIRM_FORMS: tuple[str, ...] = ("GmbH", "Ltd", "Inc.", "S.A.", "AB", "B.V.", "Pty Ltd", "SARL", "Sp. z o.o.", "LLC")
INDUSTRIES: tuple[str, ...] = ("Logistics", "Retail", "Manufacturing", "Food & Drink", "Healthcare", "Software")
CITIES: tuple[tuple[str, str, str], ...] = (
    ("Rotterdam", "Netherlands", "NLD"),
    ("Hamburg", "Germany", "DEU"),
    ("Gdańsk", "Poland", "POL"),
    ("Porto", "Portugal", "PRT"),
    ("Ōsaka", "Japan", "JPN"),
    ("Nairobi", "Kenya", "KEN"),
    ("Santos", "Brazil", "BRA"),
    ("Oakland", "United States", "USA"),
    ("İzmir", "Türkiye", "TUR"),
    ("Haifa", "Israel", "ISR"),
)
STREETS: tuple[str, ...] = ("Quay Street", "Harbour Road", "Lange Reihe", "Rua das Flores", "Mill Lane")


@dataclass(frozen=True, slots=True)
class Topic:
    title: str
    openings: tuple[str, ...]
    answers: tuple[str, ...]
    replies: tuple[str, ...]
    notes: tuple[str, ...]


_PROSE: Final = tomllib.loads(files(__package__).joinpath("topics.toml").read_text("utf-8"))
TOPICS: Final = tuple(
    Topic(row["title"], *(tuple(row[kind]) for kind in ("openings", "answers", "replies", "notes")))
    for row in _PROSE["topics"]
)
GREETINGS: Final[tuple[str, ...]] = tuple(_PROSE["greetings"])
THANKS: Final[tuple[str, ...]] = tuple(_PROSE["thanks"])
FILLERS: Final[tuple[str, ...]] = tuple(_PROSE["fillers"])
CLOSINGS: Final[tuple[str, ...]] = tuple(_PROSE["closings"])
JOBS: Final[tuple[str, ...]] = tuple(_PROSE["jobs"])
REMARKS: Final[tuple[str, ...]] = tuple(_PROSE["remarks"])


def escaped_name(name: str | None) -> str | None:
    """A person's, a company's or a tag's name as Intercom gives it out."""
    return escape(name, quote=True).replace("&#x27;", "&#39;") if name else name
