"""What all pages of the admin share; it knows no model."""
