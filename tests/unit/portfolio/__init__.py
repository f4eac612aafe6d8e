"""Importing portfolios and payments, and showing an account."""
