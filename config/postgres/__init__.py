"""A database backend that starts a private PostgreSQL when the first connection is wanted, and not before.

`places` decides where things are and as whom they run, `server` starts and stops, `base` is what Django loads.
"""
