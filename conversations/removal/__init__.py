"""Erases one customer, with all that was said (docs/retention.md, "Erase one customer").

`request` begins it: from then on nobody sees the conversation and nothing of it comes back.
`thread` takes what was said, `traces` what names the customer elsewhere, `disk` what the database
leaves in its files; other rooms add theirs (`steps`). `work` goes on with it until it is done.
"""
