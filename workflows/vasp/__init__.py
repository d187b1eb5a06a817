"""Protocol + structure -> VASP inputs with reasons, checked before they are written.

`input_set.build` makes the inputs, `preflight.findings` looks for what is wrong with them,
`folders.write_inputs` writes them. POTCARs are names only.
"""
