"""Retrain: decide whether it is due, train out of fold, judge, record, refit and register."""
