"""EG3D (Chan et al. 2022), trained on this project's renders, with inversion by Image2StyleGAN and PTI."""
