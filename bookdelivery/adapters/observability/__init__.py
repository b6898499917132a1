"""What whoever operates a process sees of it: probes, metrics, traces and logs."""
