"""Runs on a scheduler or in the background: submit, status, collect, cancel, doctor.

What is sent is ``interfaces run JOB --calculator ...`` itself, which goes on where it was stopped,
so a run that was killed, requeued or sent again repeats no finished job. No database is needed: a
run is a folder, and many runs are read as one by ``interfaces query``.
"""
