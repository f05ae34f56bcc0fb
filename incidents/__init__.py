"""What is wrong, found by instabot itself: looks, incidents, and the messages about them.

`looks` say what troubles they see now; `ledger` makes incidents of troubles that stay; `watch` has
one process look at a time; `notices` are the messages, and `delivery` sends them; `outage` is what
the web process does where there is no database to write to.
"""
