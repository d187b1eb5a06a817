"""Job file to results folder: runs, records and their replay, queries."""
