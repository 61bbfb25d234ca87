"""From a drawing to the colours of the render: tone and shade, beside the lines that the line remover takes away."""
