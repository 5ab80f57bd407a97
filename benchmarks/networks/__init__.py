"""What networks add to the regression and to baselines, pretrained or trained, with and without history."""
