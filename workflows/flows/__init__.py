"""Makers of flows, and the local manager that runs a flow so that it can be resumed."""
