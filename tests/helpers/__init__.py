"""What several tests share: small avatars, shards, suites, servers, and references that we did not write."""
