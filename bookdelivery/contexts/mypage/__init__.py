"""MyPage (마이페이지): where the customer sees how an order stands, folded from everybody's events."""
