"""Who we are on Instagram, when our account must pause, and what else it asks Meta."""
