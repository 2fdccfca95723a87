"""The rules that decide claims: one module for each chapter, of the chapter's own name."""
