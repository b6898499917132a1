"""Deployments from Kubernetes manifests: Deployment, HorizontalPodAutoscaler and PodDisruptionBudget."""

from bookdelivery.simulation.scenario.kubernetes.manifests import read_manifests

__all__ = ["read_manifests"]
