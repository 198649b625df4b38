page 50103 "MES Production Orders"
{
    PageType = API;
    APIPublisher = 'mes';
    APIGroup = 'production';
    APIVersion = 'v1.0';
    EntityName = 'productionOrder';
    EntitySetName = 'productionOrders';
    SourceTable = "Production Order";
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
            repeater(Orders)
            {
                field(id; Rec.SystemId) { Caption = 'Id'; }
                field(number; Rec."No.") { Caption = 'No.'; }
                field(status; Rec.Status) { Caption = 'Status'; }
                field(sourceType; Rec."Source Type") { Caption = 'Source Type'; }
                field(sourceNo; Rec."Source No.") { Caption = 'Source No.'; }
                field(description; Rec.Description) { Caption = 'Description'; }
                field(dueDate; Rec."Due Date") { Caption = 'Due Date'; }
                field(locationCode; Rec."Location Code") { Caption = 'Location Code'; }
                field(systemModifiedAt; Rec.SystemModifiedAt) { Caption = 'System Modified At'; }
                part(orderLines; "MES Order Lines")
                {
                    EntityName = 'orderLine';
                    EntitySetName = 'orderLines';
                    SubPageLink = Status = field(Status), "Prod. Order No." = field("No.");
                }
            }
        }
    }
}
