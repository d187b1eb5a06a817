"""How a molecule is placed: as values that travel, and as jobs of a Flow."""
