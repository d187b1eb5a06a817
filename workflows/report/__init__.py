"""A finished run as one HTML page that needs nothing else: no network, no library, no server.

``gather`` reads a run's folder or a record, ``extras`` computes windows and maps of the phases that
the record holds, ``words`` says in sentences what came out, ``data`` makes plain values of it, and
``render`` puts them into the page of ``page.html.j2``, ``page.css`` and ``scripts/``.
"""
