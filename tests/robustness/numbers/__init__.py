"""Numbers under adversarial geometry, values that are not finite, and the same bits again."""
