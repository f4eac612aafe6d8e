"""The chat widget: one script that any page embeds, and the sessions, messages and streams behind it."""
