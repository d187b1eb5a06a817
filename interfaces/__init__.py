"""The science: pure functions and small frozen values, from phase energies to curves."""
