"""The kinds of analyses, each in one module; registry.py lists them."""
