page 50106 "MES Components"
{
    PageType = API;
    APIPublisher = 'mes';
    APIGroup = 'production';
    APIVersion = 'v1.0';
    EntityName = 'component';
    EntitySetName = 'components';
    SourceTable = "Prod. Order Component";
    SourceTableView = where(Status = filter("Firm Planned" | Released | Finished));
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
            repeater(Lines)
            {
                field(id; Rec.SystemId) { Caption = 'Id'; }
                field(orderNo; Rec."Prod. Order No.") { Caption = 'Prod. Order No.'; }
                field(lineNo; Rec."Line No.") { Caption = 'Line No.'; }
                field(itemNo; Rec."Item No.") { Caption = 'Item No.'; }
                field(variantCode; Rec."Variant Code") { Caption = 'Variant Code'; }
                field(description; Rec.Description) { Caption = 'Description'; }
                field(expectedQuantity; Rec."Expected Quantity") { Caption = 'Expected Quantity'; }
                field(unitOfMeasureCode; Rec."Unit of Measure Code") { Caption = 'Unit of Measure Code'; }
                field(routingLinkCode; Rec."Routing Link Code") { Caption = 'Routing Link Code'; }
                field(flushingMethod; Rec."Flushing Method") { Caption = 'Flushing Method'; }
                field(systemModifiedAt; Rec.SystemModifiedAt) { Caption = 'System Modified At'; }
            }
        }
    }
}
