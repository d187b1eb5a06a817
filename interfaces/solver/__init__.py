"""Parametric linear programming on the convex hull: one point, a line, a map."""
