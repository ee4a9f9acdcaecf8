"""Every form of a link's path to a conversation of Intercom that was seen, and the workspace that it names."""

from __future__ import annotations

FORMS = [
    ("/a/inbox/abc123/inbox/conversation/{id}", "abc123"),
    ("/a/inbox/abc123/conversation/{id}", "abc123"),
    ("/a/inbox/abc123/inbox/shared/all/conversation/{id}", "abc123"),
    ("/a/inbox/abc123/inbox/admin/814860/conversation/{id}", "abc123"),
    ("/a/inbox/abc123/inbox/view/99/conversation/{id}", "abc123"),
    ("/a/inbox/abc123/inbox/team/77/conversation/{id}", "abc123"),
    ("/a/inbox/abc123/inbox/search/conversation/{id}?query=a%20b&filters=&view=List", "abc123"),
    ("/a/inbox/_/inbox/conversation/{id}", None),
    ("/a/apps/abc123/inbox/inbox/conversation/{id}", "abc123"),
    ("/a/apps/abc123/inbox/inbox/all/conversations/{id}", "abc123"),
    ("/a/apps/abc123/inbox/all/conversations/{id}", "abc123"),
    ("/a/apps/abc123/inbox/conversation/{id}", "abc123"),
    ("/a/apps/abc123/inbox/inbox/{id}", "abc123"),
    ("/a/apps/abc123/conversations/{id}", "abc123"),
    ("/a/apps/_/inbox/inbox/{id}/", None),
    ("/a/inbox/conversation/{id}", None),
    ("/a/inbox/conversations/{id}", None),
    ("/a/inbox/all/conversations/{id}", None),
    ("/a/inbox/inbox/conversation/{id}", None),
    ("/inbox/conversation/{id}", None),
    ("/conversations/{id}", None),
]
