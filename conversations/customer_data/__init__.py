"""What is kept of one customer: where it stands, who it is, and the file of it for them."""
