"""Counts what happens in each process, and adds up what all of them have counted.

Whoever counts says so in one call, which touches memory alone: `series.turns.labels("done").inc()`.
Each process writes its sums to a row of its own every ten seconds (`process`); any process can read
the sum of all rows (`exposition`).
"""
