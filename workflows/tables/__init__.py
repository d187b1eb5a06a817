"""Results as rich tables and CSV."""
