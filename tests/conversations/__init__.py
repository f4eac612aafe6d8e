"""Conversations by what people do; they assert response names, rows and audit tags, never texts."""
