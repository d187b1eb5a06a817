"""Protocol + structure -> VASP inputs with reasons, checked before they are written.

`input_set.build` makes the inputs, `preflight.findings` looks for what is wrong with them,
`folders.write_inputs` writes them. POTCARs are names only.

The other way round, `run_readers` reads what a run was into `run_settings.RunSettings`, and
`run_checks` says what it may serve as.
"""
