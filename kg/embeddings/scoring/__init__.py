"""Our own models: a query and its answers are one product of matrices, trained and served as such."""
