"""The bookstore on Kubernetes: manifests, made from the design and from the configuration that the services read."""
