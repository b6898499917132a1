"""Order management (주문관리): the store's side, where the shopkeeper takes and packs what was paid for."""
