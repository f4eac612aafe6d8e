"""SMS and WhatsApp through Twilio: what comes in, what goes out, and what may go where."""
