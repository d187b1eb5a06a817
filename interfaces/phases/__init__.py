"""Phase sets, reservoirs and reactants: energies on one scale, and what is exchanged."""
