"""Order (주문): takes the customer's orders; an order stands only once it is paid."""
