"""Phase energies from outside: Materials Project, snapshots, own DFT, molecules."""
