"""torch.autograd.anomaly_mode: where in the forward pass an error of backward belongs."""

from wengert.functions.recording.anomaly import detect_anomaly, set_detect_anomaly

__all__ = ["detect_anomaly", "set_detect_anomaly"]
