"""What a person looks at after a run: a page for each exposure, and one of them all."""
