"""Many pairs at once.

``tableau``, ``walk`` and ``kernel`` are the loop over pairs, compiled; ``columns`` and
``candidates`` make its arrays, ``pairs`` asks it and names what it finds.
"""
