"""`bookdelivery drill`: the requirements on the real thing.

The services run as processes on real stores and a real broker, customers and shopkeepers come over HTTP, and what a
scenario says goes wrong does: processes are killed, paused and started again. What is left is judged from outside.
"""
