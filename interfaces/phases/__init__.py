"""Phase sets, chemical-potential reservoirs, reference electrodes and reactants."""
