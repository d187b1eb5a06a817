"""Many pairs at once: the compiled loop (``kernel``), and arrays in, rows out (``pairs``)."""
