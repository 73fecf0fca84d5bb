"""What a running server keeps: the store's owner and the readers."""
