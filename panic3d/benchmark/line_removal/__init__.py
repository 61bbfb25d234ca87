"""The benchmark of line removal, which compares drawings without lines with their true front renders."""
