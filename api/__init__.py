"""The API for other systems: rules, conversations and statistics, over HTTP as JSON.

It is above the apps, beside the admin: it checks the admin's permissions, and does what staff do
by the same functions.
"""
