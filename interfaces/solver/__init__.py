"""The linear programme behind every answer: one point, a line, a map."""
