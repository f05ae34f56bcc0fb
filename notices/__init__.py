"""What each of the staff wants to hear of customers, at an address of their own.

`occasions` says of which conversations, `look` writes down what is new once a minute, and what is
written `incidents.delivery` sends, in the `words` of here: one message for all that there is by
then. What a customer is called, or has written, stands in none.
"""
