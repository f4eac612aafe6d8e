"""The demo: fictional debtors in every situation, with dates reckoned from today."""
