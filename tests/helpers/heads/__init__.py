"""Heads in closed form, and shards, suites and models made of them."""
