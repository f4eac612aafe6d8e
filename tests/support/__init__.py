"""What tests share: an application over a database of their own, and people who talk to it."""
