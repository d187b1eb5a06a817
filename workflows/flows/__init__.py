"""Dynamics of an interface cell: a job file (job), what is done (steps), as a Flow, as a run."""
