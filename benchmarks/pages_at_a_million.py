"""How long the pages take over a workspace of a million messages, each fetched from a real server.

Run it with `python -m benchmarks.pages_at_a_million [MESSAGES]`; it fails where a list or a search takes longer than
100 ms, by the median.
"""

from __future__ import annotations

import random
import statistics
import sys
import tempfile
import time
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

import httpx

from ochre_tui.ochre.columns import CUSTOMERS
from ochre_tui.ochre.embedded import search_index
from ochre_tui.ochre.embedded.database import writing
from ochre_tui.ochre.embedded.workspace import EmbeddedWorkspace, open_workspace
from tests.support.served_workspace import served

GOAL_MS = 100
MESSAGES = 1_000_000
_PER_CONVERSATION = 5
_CONVERSATIONS_PER_CUSTOMER = 4
_REPEATS = 15

_SERIES = "WITH RECURSIVE s (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM s WHERE i < ?)"
_CUSTOMERS = f"""{_SERIES}
INSERT INTO customers (id, name, email, email_aliases, external_ids, intercom_ids, can_sign_in, placeholder,
  company_ids, tags, custom_fields, unmapped, created_at, updated_at, digest, created_run)
SELECT printf('cus_%08d', i), person(i), 'p' || i || '@example.com', '[]',
  '["ext-' || i || '"]', '["' || printf('%024x', i) || '"]', 1, 0, '["com_' || (i % 500) || '"]', '[]', '{{}}', '{{}}',
  1600000000 + i, 1600000000 + i, x'', 1 FROM s
"""
_COMPANIES = f"""{_SERIES}
INSERT INTO companies (id, name, intercom_id, tags, custom_fields, unmapped, digest, created_run)
SELECT 'com_' || i, 'Company ' || (i * 7919 % 500), 'c' || i, '[]', '{{}}', '{{}}', x'', 1 FROM s
"""
_USERS = f"""{_SERIES}
INSERT INTO users (id, email, name, role, state, intercom_admin_ids, is_bot, hidden_from_reports, digest, created_run)
SELECT 'usr_' || i, 'agent' || i || '@example.com', 'Agent ' || i, 'agent', 'active', '[]', 0, 0, x'', 1 FROM s
"""
_TAGS = f"""{_SERIES}
INSERT INTO tags (id, name, intercom_ids, digest, created_run) SELECT 'tag_' || i, 'tag' || i, '[]', x'', 1 FROM s
"""
_CONVERSATIONS = f"""{_SERIES}
INSERT INTO conversations (id, subject, status, priority, channel, assignee_id, assignee_email, customer_ids, tags,
  custom_fields, unmapped, created_at, updated_at, intercom_id, incomplete, digest, created_run)
SELECT printf('cnv_%08d', i), 'Question about order ' || i || ' and word' || (i % 9973),
  CASE WHEN i % 20 = 0 THEN 'open' WHEN i % 50 = 1 THEN 'snoozed' ELSE 'closed' END, 'normal',
  'Intercom ' || CASE i % 3 WHEN 0 THEN 'Messenger' WHEN 1 THEN 'Email' ELSE 'Facebook' END,
  CASE WHEN i % 4 THEN 'usr_' || (i % 40 + 1) END, CASE WHEN i % 4 THEN 'agent' || (i % 40 + 1) || '@example.com' END,
  '["' || printf('cus_%08d', i / {_CONVERSATIONS_PER_CUSTOMER} + 1) || '"]', '["tag' || (i % 300 + 1) || '"]',
  '{{}}', '{{}}', 1600000000 + i * 61 % 100000000, 1600000000 + i * 61 % 100000000, '2154' || i, 0, x'', 1 FROM s
"""
_MESSAGES = f"""
WITH RECURSIVE p (position) AS (SELECT 0 UNION ALL SELECT position + 1 FROM p WHERE position < {_PER_CONVERSATION - 1})
INSERT INTO messages (conversation, position, id, kind, source_id, source_type, author_kind, author_id, created_at,
  body_html, body_text, redacted, tags, attachment_ids)
SELECT n, position, 'msg_' || n || '_' || position, CASE position WHEN 3 THEN 'note' ELSE 'reply' END,
  n || position, 'comment', CASE position % 2 WHEN 0 THEN 'customer' ELSE 'user' END,
  CASE position % 2 WHEN 0 THEN json_extract(customer_ids, '$[0]') ELSE 'usr_1' END, created_at + position,
  '<p>' || text(n, position) || '</p>', text(n, position), 0, '[]', '[]' FROM conversations, p
"""
_ALIASES = """
INSERT INTO aliases (kind, value, conversation_id) SELECT 'intercom_conversation', intercom_id, id FROM conversations
"""
_IN_COMPANIES = "INSERT INTO customer_companies SELECT json_extract(company_ids, '$[0]'), n FROM customers"


def person(i: int) -> str:
    """One of many million names, of some ten thousand words."""
    return f"{_word(i % 4999)} {_word(i * 7919 % 20011)}".title()


def text(conversation: int, position: int) -> str:
    """What a message says: twenty words of some ten thousand, and a number that no other message has."""
    chance = random.Random(conversation * 10 + position)
    return " ".join(_word(chance.randrange(10_000)) for _ in range(20)) + f" {conversation}x{position}, thanks"


def _word(number: int) -> str:
    syllables = ["ka", "len", "mi", "ro", "sta", "vu", "bert", "no", "fre", "dil", "ha", "gu", "son"]
    word = ""
    while number:
        number, place = divmod(number, len(syllables))
        word += syllables[place]
    return word or "o"


def fill(workspace: EmbeddedWorkspace, messages: int) -> None:
    """A workspace as a large import leaves it."""
    conversations = messages // _PER_CONVERSATION
    conn = workspace.conn
    conn.create_function("person", 1, person)
    conn.create_function("text", 2, text, deterministic=True)
    with writing(conn):
        conn.execute(_USERS, (40,))
        conn.execute(_TAGS, (300,))
        conn.execute(_COMPANIES, (500,))
        conn.execute(_CUSTOMERS, (conversations // _CONVERSATIONS_PER_CUSTOMER + 1,))
        conn.execute(_IN_COMPANIES)
        for row in conn.execute(CUSTOMERS.select).fetchall():
            search_index.add_customer(conn, row[0], CUSTOMERS.read(row))
        conn.execute(_CONVERSATIONS, (conversations,))
        conn.execute(_ALIASES)
        conn.execute(_MESSAGES)


def requests(conversations: int) -> dict[str, str]:
    """What is fetched, by what it is."""
    middle = f"{1600000000 + 50_000_000}.1"
    return {
        "inbox": "/",
        "all conversations": "/?status=all",
        "a page in the middle": f"/?status=all&before={middle}",
        "snoozed by mail, of one tag": "/?status=snoozed&channel=Intercom+Email&tag=tag7",
        "of one assignee": "/?status=closed&assignee=usr_7",
        "filters that nothing passes": "/?status=all&assignee=usr_2&tag=tag1",
        "a word of one conversation": f"/?q={conversations // 2}",
        "a word of all conversations": "/?q=question",
        "the beginning of that": "/?q=ques",
        "two words": "/?q=order+word12",
        "what one message says": f"/?q={conversations // 2}x3",
        "a word of many messages": f"/?q={_word(4711)}",
        "two words of many messages": f"/?q={_word(4711)}+{_word(1147)}",
        "a word of all messages": "/?q=thanks",
        "a rare word, and a filter": "/?q=word12&status=open",
        "a customer's name": f"/?q={quote(person(1234))}",
        "an e-mail": "/?q=p77@example.com",
        "a name with a typo": f"/?q={person(77)[:-2]}x",
        "nothing": "/?q=nowhere",
        "a conversation": f"/conversations/cnv_{conversations // 2:08d}",
        "an old link": f"/a/inbox/abc/inbox/conversation/2154{conversations // 2}",
        "customers": "/customers",
        "a search for customers": "/customers?q=kalen",
        "a customer": "/customers/cus_00000077",
        "companies": "/companies",
        "a company": "/companies/com_7",
    }


def timed(client: httpx.Client, path: str) -> tuple[float, float]:
    """The median and the longest of several requests, in milliseconds."""
    times = []
    for _ in range(_REPEATS):
        began = time.perf_counter()
        assert client.get(path).status_code in {200, 308}
        times.append((time.perf_counter() - began) * 1000)
    return statistics.median(times), max(times)


def main() -> int:
    messages = int(sys.argv[1]) if len(sys.argv) > 1 else MESSAGES
    slow = 0
    with tempfile.TemporaryDirectory(prefix="ochre-tui-pages-") as folder:
        place = Path(folder) / "big" / "workspace"
        with closing(open_workspace(place, "big", "Big")) as workspace:
            fill(workspace, messages)
            size = workspace.conn.execute("PRAGMA page_count").fetchone()[0] * 4096
        print(f"{messages:,} messages in {messages // _PER_CONVERSATION:,} conversations, {size / 1e6:.0f} MB")
        with served(place) as server, httpx.Client(base_url=server.url, trust_env=False, timeout=60) as client:
            client.get("/style.css")
            for name, path in requests(messages // _PER_CONVERSATION).items():
                median, longest = timed(client, path)
                print(f"{name:30} {median:7.1f} ms (longest {longest:.1f} ms)")
                slow += median > GOAL_MS
    print(f"goal: {GOAL_MS} ms each; {slow or 'none'} slower")
    return 1 if slow else 0


if __name__ == "__main__":
    sys.exit(main())
