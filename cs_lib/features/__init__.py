"""Image features made by hand: what a linear classifier sees better than raw pixels.

Colour (`color_histogram_hsv`), edges (`hog_feature`, `hog`), parts (`VisualWords`), and
`extract_features`, which applies any of them to a set of images.
"""

from cs_lib.features.clustering import kmeans
from cs_lib.features.color import color_histogram_hsv, rgb_to_hsv
from cs_lib.features.extract import extract_features
from cs_lib.features.oriented_gradients import cell_histograms, hog, hog_feature
from cs_lib.features.words import VisualWords, learn_visual_words, random_patches

__all__ = [
    "VisualWords",
    "cell_histograms",
    "color_histogram_hsv",
    "extract_features",
    "hog",
    "hog_feature",
    "kmeans",
    "learn_visual_words",
    "random_patches",
    "rgb_to_hsv",
]
