"""Samples in plain tar shards: schema, plan, atomic writer, manifest."""
