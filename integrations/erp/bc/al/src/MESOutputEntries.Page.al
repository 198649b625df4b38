/// POST makes one report and posts it; GET with a filter on externalId tells whether a report is there.
page 50102 "MES Output Entries"
{
    PageType = API;
    APIPublisher = 'mes';
    APIGroup = 'production';
    APIVersion = 'v1.0';
    EntityName = 'outputEntry';
    EntitySetName = 'outputEntries';
    SourceTable = "MES Output Entry";
    ODataKeyFields = SystemId;
    DelayedInsert = true;
    ModifyAllowed = false;
    DeleteAllowed = false;
    Extensible = false;

    layout
    {
        area(Content)
        {
            repeater(Entries)
            {
                field(id; Rec.SystemId) { Caption = 'Id'; Editable = false; }
                field(externalId; Rec."External Id") { Caption = 'External Id'; }
                field(orderNo; Rec."Order No.") { Caption = 'Order No.'; }
                field(orderLineNo; Rec."Order Line No.") { Caption = 'Order Line No.'; }
                field(operationNo; Rec."Operation No.") { Caption = 'Operation No.'; }
                field(postingDate; Rec."Posting Date") { Caption = 'Posting Date'; }
                field(outputQuantity; Rec."Output Quantity") { Caption = 'Output Quantity'; }
                field(scrapQuantity; Rec."Scrap Quantity") { Caption = 'Scrap Quantity'; }
                field(scrapCode; Rec."Scrap Code") { Caption = 'Scrap Code'; }
                field(setupTime; Rec."Setup Time") { Caption = 'Setup Time'; }
                field(runTime; Rec."Run Time") { Caption = 'Run Time'; }
                field(stopTime; Rec."Stop Time") { Caption = 'Stop Time'; }
                field(stopCode; Rec."Stop Code") { Caption = 'Stop Code'; }
                field(capUnitOfMeasureCode; Rec."Cap. Unit of Measure Code") { Caption = 'Cap. Unit of Measure Code'; }
                field(finished; Rec.Finished) { Caption = 'Finished'; }
                field(description; Rec.Description) { Caption = 'Description'; }
                field(appliesToExternalId; Rec."Applies-to External Id") { Caption = 'Applies-to External Id'; }
                field(reversed; Rec.Reversed) { Caption = 'Reversed'; Editable = false; }
                field(entryNo; Rec."Capacity Ledger Entry No.") { Caption = 'Capacity Ledger Entry No.'; Editable = false; }
                field(itemLedgerEntryNo; Rec."Item Ledger Entry No.") { Caption = 'Item Ledger Entry No.'; Editable = false; }
                field(systemModifiedAt; Rec.SystemModifiedAt) { Caption = 'System Modified At'; Editable = false; }
            }
        }
    }

    trigger OnInsertRecord(BelowxRec: Boolean): Boolean
    var
        MESOutputPost: Codeunit "MES Output Post";
    begin
        // Inserted first: a repeat fails on the key before anything is posted.
        Rec.Insert(true);
        MESOutputPost.Post(Rec);
        Rec.Modify(true);
        exit(false);
    end;
}
