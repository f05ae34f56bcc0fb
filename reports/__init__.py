"""The shop in numbers, as staff read them: a page with a period, and the figures of home."""
