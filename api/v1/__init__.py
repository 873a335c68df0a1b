"""Version 1 of the contract: endpoints of a few lines; what is in it is never taken away."""
