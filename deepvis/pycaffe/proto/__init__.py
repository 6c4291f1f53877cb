"""pycaffe's ``caffe.proto``."""

from deepvis.pycaffe.proto import caffe_pb2

__all__ = ["caffe_pb2"]
