"""A local page that computes while a slider moves (``interfaces app``, extra ``app``: Dash).

``view`` is what a user has chosen, its link, command line and Python; ``answers`` computes it;
``layout`` and ``server`` are the page. Nothing is kept on the server for a user.
"""
