"""Delivery (배송): the store's courier brings what was packed."""
