"""What the pages of docs/ claim is run, and what they name is there."""
