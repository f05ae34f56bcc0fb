"""Decides each question: one verdict, and what is said."""
