"""Search: passages found by their words, by what they mean, and by what the graph says of what they name."""
