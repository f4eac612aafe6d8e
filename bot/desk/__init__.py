"""The desk: the web application with which human agents take over. A process of its own over the services."""
