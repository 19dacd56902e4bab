"""What makes the vectors: one module for each group of files. Must not know any SDK."""
