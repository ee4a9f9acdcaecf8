"""An embedded Ochre workspace over HTTP: the import API, and pages for a browser.

`app.create_app` puts it together: `/import/v1/…` is `import_api`, everything else is `pages`. It knows `ochre` alone,
and `commands/serve.py` starts it (`serving.py`).

`access.py` stands before the pages, which have no tokens: it refuses names that are not this machine's (DNS rebinding),
asks for the password where there is one, and tells browsers to be careful.

How a page is added: a module in `pages/` has the pages of one subject, `pages/__init__.py` names their paths. A page is
a function of the workspace and the request. It runs in a thread with a connection of its own, and ends in
`responses.respond`, with facts that its template shows or that go out as JSON. Text from outside is escaped and passes
`text.clean` on its way into a template; message HTML passes `bodies.shown` alone.
"""
