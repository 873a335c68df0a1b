"""The seed: the territories, the themes and the documented cases that a new catalogue begins with."""
