"""SAP IDoc XML: production orders (LOIPRO) in, time tickets (PPCC2PRETTICKET02) out."""
