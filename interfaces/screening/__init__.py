"""Screening of many pairs of reactants.

``tableau``, ``walk`` and ``kernel`` are the loop over pairs, compiled by numba; ``columns`` and
``candidates`` make its arrays; ``pairs`` runs it and names the products.
"""
