"""The processes of an instance: how they are prepared, started, watched and ended."""

import logging

# A library's warning while it is imported would be a line in no format: from here on it goes where the log goes.
logging.captureWarnings(True)
