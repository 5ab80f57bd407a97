"""Whether anything sees the future: features, states, scalers; and what features are worth.

Nothing is read off the code or its options: other futures are tried on the user's own bars, and what is
known of the past is compared.
"""

from morrow.audit.features import audit_features
from morrow.audit.future import sample
from morrow.audit.importance import importance
from morrow.audit.leaks import Audited, Leak
from morrow.audit.scalers import audit_scaler, audit_tutorial, material_of
from morrow.audit.sight import Build

__all__ = [
    "Audited",
    "Build",
    "Leak",
    "audit_features",
    "audit_scaler",
    "audit_tutorial",
    "importance",
    "material_of",
    "sample",
]
