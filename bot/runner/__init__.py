"""Starting, watching and stopping the two servers, and training the model that they need."""
