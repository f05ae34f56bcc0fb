"""What is kept no longer: deleted for its age, in small bites, by the worker (docs/retention.md).

`thread` says what of a conversation may go, and takes it; `rows` takes what is a row of its own,
`customers` conversations of which nothing is left; `digests` recognises what comes once more;
`journal` tells a file outside the database, `gaps` says what that lacks; `upkeep` is the worker's
look.
"""
