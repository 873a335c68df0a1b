"""Version 1 of the contract: endpoints of a few lines, and nothing that a client could miss tomorrow."""
