"""Prefect flows: order, retries, schedule and artifacts."""
