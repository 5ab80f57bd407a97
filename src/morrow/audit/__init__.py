"""Audits: whether features, states and scalers look ahead, and what features are worth to a model.

Nothing is inferred from the code or its options: the audits try alternative futures on the user's own bars
and compare what is known of the past.
"""

from morrow.audit.contributions import Contributions, measure_contributions
from morrow.audit.feature_audit import audit_features
from morrow.audit.futures import Build, sample_bars
from morrow.audit.importance import measure_importance
from morrow.audit.result import AuditResult, Leak
from morrow.audit.scaler_audit import audit_scaler, audit_tutorial, make_training_fit

__all__ = [
    "AuditResult",
    "Build",
    "Contributions",
    "Leak",
    "audit_features",
    "audit_scaler",
    "audit_tutorial",
    "make_training_fit",
    "measure_contributions",
    "measure_importance",
    "sample_bars",
]
