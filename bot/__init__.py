"""Al Día: the assistant with which a person in arrears settles a debt."""
