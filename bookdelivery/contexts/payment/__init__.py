"""Payment (결제): charges for orders and gives money back, through an external payment provider."""
