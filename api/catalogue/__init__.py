"""The domain: all of the SQL, nothing of HTTP."""
