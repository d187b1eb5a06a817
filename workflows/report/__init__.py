"""A finished run as one self-contained HTML page, without network, library or server.

``read_run`` reads a run's folder or a record, ``extra_analyses`` computes windows and maps from the
phases of the record, ``text`` describes the results in sentences, ``page_data`` makes the plain
values of the figures, and ``page`` renders ``page.html.j2`` with ``page.css`` and ``scripts/``.
"""
