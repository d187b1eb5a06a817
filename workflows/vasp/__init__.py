"""VASP inputs from a protocol and a structure, checked before they are written.

:func:`.input_sets.build` makes the inputs, :func:`.checks.preflight.findings` checks them, and
:func:`.input_folders.write_inputs` writes them. POTCARs are names only.
"""
