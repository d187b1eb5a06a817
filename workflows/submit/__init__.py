"""Runs sent away: to Slurm, or to the background of this machine; looked after and brought home.

What is sent is ``interfaces run JOB --calculator ...`` itself, which goes on where it was stopped,
so a run that was killed, requeued or sent again repeats no finished job. No database is needed: a
run is a folder, and many runs are read as one by ``interfaces query``.
"""
