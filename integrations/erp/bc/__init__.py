"""Microsoft Dynamics 365 Business Central by our own small extension: orders in, output out."""
