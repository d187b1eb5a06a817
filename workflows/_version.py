"""The version of this package, which the build reads and every result records."""

VERSION = "0.1.0"
