"""Territoires innovants: an open catalogue of local innovation, served over HTTP."""

__version__ = "0.1.0"
