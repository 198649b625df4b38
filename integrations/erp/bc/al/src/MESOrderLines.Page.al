page 50104 "MES Order Lines"
{
    PageType = API;
    APIPublisher = 'mes';
    APIGroup = 'production';
    APIVersion = 'v1.0';
    EntityName = 'orderLine';
    EntitySetName = 'orderLines';
    SourceTable = "Prod. Order Line";
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
                field(quantity; Rec.Quantity) { Caption = 'Quantity'; }
                field(finishedQuantity; Rec."Finished Quantity") { Caption = 'Finished Quantity'; }
                field(unitOfMeasureCode; Rec."Unit of Measure Code") { Caption = 'Unit of Measure Code'; }
                field(startingDateTime; Rec."Starting Date-Time") { Caption = 'Starting Date-Time'; }
                field(endingDateTime; Rec."Ending Date-Time") { Caption = 'Ending Date-Time'; }
                field(routingNo; Rec."Routing No.") { Caption = 'Routing No.'; }
                field(systemModifiedAt; Rec.SystemModifiedAt) { Caption = 'System Modified At'; }
                part(routingLines; "MES Routing Lines")
                {
                    EntityName = 'routingLine';
                    EntitySetName = 'routingLines';
                    SubPageLink = Status = field(Status),
                                  "Prod. Order No." = field("Prod. Order No."),
                                  "Routing Reference No." = field("Routing Reference No."),
                                  "Routing No." = field("Routing No.");
                }
                part(components; "MES Components")
                {
                    EntityName = 'component';
                    EntitySetName = 'components';
                    SubPageLink = Status = field(Status),
                                  "Prod. Order No." = field("Prod. Order No."),
                                  "Prod. Order Line No." = field("Line No.");
                }
            }
        }
    }
}
