"""Every pair of some cathodes and electrolytes: plan, parts, one Parquet data set."""
