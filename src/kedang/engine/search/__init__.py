"""Finding records: a document of tokens for each, made by us, so that both databases find the same."""
