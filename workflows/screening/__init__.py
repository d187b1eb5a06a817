"""All pairs of two lists of materials: plan, parts, executors, one Parquet data set."""
