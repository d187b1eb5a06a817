"""Interface cells: what is asked (ask), of which bulks and molecules, written as files."""
