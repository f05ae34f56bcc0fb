"""What staff write with: drafts, internal notes, saved replies and pictures of their own."""
