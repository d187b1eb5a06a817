"""Lists of materials and the criteria that choose them from a phase set."""
