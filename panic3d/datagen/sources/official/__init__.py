"""The authors' released data, imported into shards."""
