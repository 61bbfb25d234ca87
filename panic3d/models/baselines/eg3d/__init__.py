"""EG3D (Chan et al. 2022), trained on our renders, with Img2StyleGAN and PTI to bring a portrait into it."""
