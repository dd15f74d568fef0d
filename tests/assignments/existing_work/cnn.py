import numpy as np

from course.layers import *
from course.layer_utils import *


class ThreeLayerConvNet:
    """conv - ReLU - 2x2 max pool - affine - ReLU - affine - softmax."""

    def __init__(
        self,
        input_dim=(3, 32, 32),
        num_filters=32,
        filter_size=7,
        hidden_dim=100,
        num_classes=10,
        weight_scale=1e-3,
        reg=0.0,
        dtype=np.float32,
    ):
        """Create the parameters; input_dim is (C, H, W)."""
        self.params = {}
        self.reg = reg
        self.dtype = dtype
        C, H, W = input_dim
        self.params["W1"] = weight_scale * np.random.randn(num_filters, C, filter_size, filter_size)
        self.params["b1"] = np.zeros(num_filters)
        self.params["W2"] = weight_scale * np.random.randn(num_filters * (H // 2) * (W // 2), hidden_dim)
        self.params["b2"] = np.zeros(hidden_dim)
        self.params["W3"] = weight_scale * np.random.randn(hidden_dim, num_classes)
        self.params["b3"] = np.zeros(num_classes)
        for k in self.params:
            self.params[k] = self.params[k].astype(dtype)

    def loss(self, X, y=None):
        """Scores (N, num_classes) of the pictures X (N, C, H, W), or with labels y (N,) the loss and the gradients."""
        W1, b1 = self.params["W1"], self.params["b1"]
        W2, b2 = self.params["W2"], self.params["b2"]
        W3, b3 = self.params["W3"], self.params["b3"]
        conv_param = {"stride": 1, "pad": (W1.shape[2] - 1) // 2}
        out, conv_cache = conv_forward_im2col(X, W1, b1, conv_param)
        out, relu1 = relu_forward(out)
        out, pool_cache = max_pool_2x2_forward(out)
        out, fc1 = affine_forward(out, W2, b2)
        out, relu2 = relu_forward(out)
        scores, fc2 = affine_forward(out, W3, b3)
        if y is None:
            return scores
        loss, dout = softmax_loss(scores, y)
        loss += 0.5 * self.reg * (np.sum(W1**2) + np.sum(W2**2) + np.sum(W3**2))
        grads = {}
        dout, grads["W3"], grads["b3"] = affine_backward(dout, fc2)
        dout = relu_backward(dout, relu2)
        dout, grads["W2"], grads["b2"] = affine_backward(dout, fc1)
        dout = max_pool_2x2_backward(dout, pool_cache)
        dout = relu_backward(dout, relu1)
        _, grads["W1"], grads["b1"] = conv_backward_im2col(dout, conv_cache)
        for k in ("W1", "W2", "W3"):
            grads[k] += self.reg * self.params[k]
        return loss, grads
