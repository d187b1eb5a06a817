"""A finished run, screen or MD analysis as one self-contained HTML page, without network or server.

``read_run`` and ``folder_pages`` read, ``extra_analyses`` computes windows and maps from the phases
of the record, the ``*_panels`` make Plotly figures as plain values and ``cards`` what is said of
their points, ``text`` the sentences, ``contents`` puts all together, and ``page`` renders it with
``page.html.j2``, ``page.css``, ``page.js`` and the cartesian bundle of plotly.js.
"""
