"""The doing: files, calculators, command line; each module wraps one outside thing."""
