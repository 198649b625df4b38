"""SAP S/4HANA by OData V2: production orders and routings in, confirmations out."""
