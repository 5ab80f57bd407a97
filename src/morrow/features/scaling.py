"""Robust scaling; the fitted numbers round-trip through JSON bit for bit."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.preprocessing import RobustScaler

CLIP = (0.005, 0.995)
BLOCK = 65_536  # rows scaled at a time


@dataclass(frozen=True)
class Scaling:
    """Median and interquartile range of each feature, and its clipping bounds from fitted quantiles.

    Attributes:
        center, spread: (F,) in the feature's own unit.
        low, high: (F,) bounds after scaling.
    """

    center: NDArray[np.float64]
    spread: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]

    @classmethod
    def fit(cls, features: NDArray[np.float32]) -> "Scaling":
        """Fit on (N, F) finite features of the fit sessions, N ≥ 1."""
        parameters = []
        for column in features.T:  # one at a time, or the temporaries would take more memory than the panel
            values = column.astype(np.float64)[:, None]
            scaler = RobustScaler().fit(values)
            bounds = np.quantile(scaler.transform(values), CLIP)
            parameters.append([scaler.center_[0], scaler.scale_[0], *bounds])
        return cls(*np.array(parameters).T)

    def apply(self, features: NDArray[np.float32]) -> NDArray[np.float32]:
        """Scale and clip (..., F); an unknown feature becomes 0, its fitted median."""
        result = np.empty(features.shape, features.dtype)  # contiguous, so that the next line makes a view
        flat, out = features.reshape(-1, features.shape[-1]), result.reshape(-1, features.shape[-1])
        for low in range(0, len(flat), BLOCK):
            scaled = (flat[low : low + BLOCK].astype(np.float64) - self.center) / self.spread
            out[low : low + BLOCK] = np.nan_to_num(np.clip(scaled, self.low, self.high), nan=0.0)
        return result

    def apply_at(self, rows: NDArray[np.int64], features: NDArray[np.float32]) -> NDArray[np.float32]:
        """Scale and clip some rows (N,) of (R, F) features; the other rows of the result (R, F) are zeros.

        The pages of the other rows are never touched, so they take no memory.
        """
        result = np.zeros(features.shape, features.dtype)
        result[rows] = self.apply(features[rows])
        return result

    def document(self) -> dict[str, list[float]]:
        """Export as JSON-ready lists; Python's float repr round-trips exactly."""
        return {name: getattr(self, name).tolist() for name in ("center", "spread", "low", "high")}

    @classmethod
    def restore(cls, document: Mapping[str, Any]) -> "Scaling":
        """Restore the scaling from :meth:`document`."""
        return cls(**{name: np.asarray(document[name], dtype=np.float64) for name in document})
