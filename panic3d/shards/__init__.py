"""Dataset folders: the schema of samples, the plan of shards, reading and writing tars, the builder of folders."""
