"""What other systems read and do: rules, conversations, statistics, over HTTP as JSON.

It stands beside the admin and above the apps: it asks for the admin's permissions, and does what
staff do by the same functions.
"""
