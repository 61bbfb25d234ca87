"""Reading dataset folders: samples, decoded views, batches for training, splits and inspection."""

from panic3d.datasets.dataset import HeadDataset, HeadSample, open_dataset

__all__ = ["HeadDataset", "HeadSample", "open_dataset"]
