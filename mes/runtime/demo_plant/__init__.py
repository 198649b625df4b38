"""The demo plant: an invented forge, moulding shop and assembly on the Ruhr. Every name in it is made up."""
