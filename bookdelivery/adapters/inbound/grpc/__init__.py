"""gRPC in front of contexts: a method for each command, reads, pages and a live stream (extra `grpc`)."""

from bookdelivery.adapters.inbound.grpc.server import GrpcServer, GrpcSettings

__all__ = ["GrpcServer", "GrpcSettings"]
