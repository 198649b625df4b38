/// For the application that the MES logs in with; it needs the standard set for posting output besides this one.
permissionset 50108 "MES Link"
{
    Assignable = true;
    Caption = 'MES Link';
    Permissions = tabledata "MES Output Entry" = RIM,
                  table "MES Output Entry" = X,
                  tabledata "Production Order" = R,
                  tabledata "Prod. Order Line" = R,
                  tabledata "Prod. Order Routing Line" = RM,
                  tabledata "Prod. Order Component" = R,
                  tabledata "Capacity Ledger Entry" = R,
                  codeunit "MES Output Post" = X,
                  page "MES Output Entries" = X,
                  page "MES Production Orders" = X,
                  page "MES Order Lines" = X,
                  page "MES Routing Lines" = X,
                  page "MES Components" = X,
                  page "MES Capacity Ledger" = X;
}
