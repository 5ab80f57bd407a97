"""Deliver: forecast with the champion, export for consumers, and score matured forecasts."""
