"""Pure functions on frozen dataclasses: energies, reactivity, stability, structures, dynamics."""
