"""What a layer's activations say about its units: which answer to a place, which go together, which never stir."""

from deepvis.insight.history import MapHistory
from deepvis.insight.inside import Ranking, rank_by_box

__all__ = ["MapHistory", "Ranking", "rank_by_box"]
