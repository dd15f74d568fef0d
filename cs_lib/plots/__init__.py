"""Figures that the notebooks show: one call, one figure, the same look everywhere.

Every function returns a `matplotlib.figure.Figure` that pyplot does not know of: as the last value
of a cell it is shown once; `figure.savefig(...)` works anywhere. Nothing here computes what a
notebook asks for, and nothing here needs more of the course than `cs_lib.validation`.
"""

from cs_lib.plots.barcharts import bars, times
from cs_lib.plots.classifiers import confusion_matrix, decision_boundary
from cs_lib.plots.images import filters, image_grid, images_by_class, weight_templates
from cs_lib.plots.nearest import cross_validation, distance_matrix, neighbours
from cs_lib.plots.training import activation_histograms, learning_curves, moving_average, update_ratios

__all__ = [
    "activation_histograms",
    "bars",
    "confusion_matrix",
    "cross_validation",
    "decision_boundary",
    "distance_matrix",
    "filters",
    "image_grid",
    "images_by_class",
    "learning_curves",
    "moving_average",
    "neighbours",
    "times",
    "update_ratios",
    "weight_templates",
]
