"""The pool: customers that nobody looks after lie open to all who may claim them."""
