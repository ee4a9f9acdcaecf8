"""An embedded Ochre workspace over HTTP: the import API, and pages for a browser.

`app.create_app` puts it together: `/import/v1/…` is `import_api`, everything else is `pages`. It knows `ochre` alone,
and `commands/serve.py` starts it (`serving.py`).

How a page is added: a module in `pages/` has the handlers of one subject, `pages.routes(rooms)` names their paths.
A handler is an async function of a request; it reaches the workspace only through `rooms.read(work)` (or
`rooms.write(work)`), which runs `work(workspace)` in a thread with a connection of its own. Text from outside passes
`text.clean` or is escaped by its template. Pages have no token: whoever can reach the port reads them, so a host other
than loopback needs a password first, and `Host` headers of other names have to be refused (DNS rebinding).
"""
