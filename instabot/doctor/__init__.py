"""What keeps instabot from answering, in sentences that lead to the next click: see checklist."""
