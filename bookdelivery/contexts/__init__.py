"""The bookstore's bounded contexts: order, payment, ordermanagement, delivery and mypage.

Each owns its messages, aggregate, handlers and declaration. A context knows the kernel and, of
another context, only its published messages.
"""
