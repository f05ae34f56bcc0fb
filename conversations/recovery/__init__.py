"""Finds what customers and the shop said and no webhook told of, by reading Instagram's threads.

A look once an hour, and after silence (`upkeep`), walks through the threads in which something was
said since the last one (`walk`), and has what is missing written down (`thread`); `comments` does
so below posts. The walk also imports the history of an account that was just connected (`history`).
"""
