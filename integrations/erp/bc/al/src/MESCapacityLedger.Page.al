/// What stands posted, for the daily comparison of totals.
page 50107 "MES Capacity Ledger"
{
    PageType = API;
    APIPublisher = 'mes';
    APIGroup = 'production';
    APIVersion = 'v1.0';
    EntityName = 'capacityLedgerEntry';
    EntitySetName = 'capacityLedgerEntries';
    SourceTable = "Capacity Ledger Entry";
    SourceTableView = where("Order Type" = const(Production));
    ODataKeyFields = SystemId;
    DataAccessIntent = ReadOnly;
    Editable = false;
    InsertAllowed = false;
    ModifyAllowed = false;
    DeleteAllowed = false;
    Extensible = false;

    layout
    {
        area(Content)
        {
            repeater(Entries)
            {
                field(id; Rec.SystemId) { Caption = 'Id'; }
                field(entryNo; Rec."Entry No.") { Caption = 'Entry No.'; }
                field(postingDate; Rec."Posting Date") { Caption = 'Posting Date'; }
                field(orderNo; Rec."Order No.") { Caption = 'Order No.'; }
                field(orderLineNo; Rec."Order Line No.") { Caption = 'Order Line No.'; }
                field(operationNo; Rec."Operation No.") { Caption = 'Operation No.'; }
                field(externalDocumentNo; Rec."External Document No.") { Caption = 'External Document No.'; }
                field(outputQuantity; Rec."Output Quantity") { Caption = 'Output Quantity'; }
                field(scrapQuantity; Rec."Scrap Quantity") { Caption = 'Scrap Quantity'; }
                field(setupTime; Rec."Setup Time") { Caption = 'Setup Time'; }
                field(runTime; Rec."Run Time") { Caption = 'Run Time'; }
                field(stopTime; Rec."Stop Time") { Caption = 'Stop Time'; }
                field(capUnitOfMeasureCode; Rec."Cap. Unit of Measure Code") { Caption = 'Cap. Unit of Measure Code'; }
            }
        }
    }
}
