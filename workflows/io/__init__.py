"""Files: bounded readers, atomic writes, checksums."""
