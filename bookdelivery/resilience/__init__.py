"""What keeps a call to somebody else from taking us down with it.

The decisions are plain code with the time passed in; they know nothing of asyncio, of brokers or of
the domain.
"""
