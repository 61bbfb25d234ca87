"""Training of the line remover on patches of drawings and renders."""
