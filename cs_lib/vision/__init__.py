"""Looking inside networks, and making pictures with them: the part of the library that is written in PyTorch.

    net = load_patches_net()
    activations = features(net, images, ["relu2_1"])["relu2_1"]

Images are float tensors (N, 3, H, W) in 0..1, RGB; what a net expects instead (mean, deviation, size) is a
part of the net. Everything follows the device and dtype of what it is given.
"""
