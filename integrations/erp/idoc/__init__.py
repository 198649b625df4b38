"""SAP IDocs, XML and flat: orders and master data in, time tickets out."""
