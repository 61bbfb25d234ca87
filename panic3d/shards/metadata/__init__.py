"""What shards say of their samples: `meta.json`, `pair.json` and `labels.jsonl`."""
