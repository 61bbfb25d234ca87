"""The networks: backbones, triplane, decoder, and the settings of inference."""
