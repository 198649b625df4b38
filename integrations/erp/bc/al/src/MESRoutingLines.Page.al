page 50105 "MES Routing Lines"
{
    PageType = API;
    APIPublisher = 'mes';
    APIGroup = 'production';
    APIVersion = 'v1.0';
    EntityName = 'routingLine';
    EntitySetName = 'routingLines';
    SourceTable = "Prod. Order Routing Line";
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
                field(operationNo; Rec."Operation No.") { Caption = 'Operation No.'; }
                field(nextOperationNo; Rec."Next Operation No.") { Caption = 'Next Operation No.'; }
                field(type; Rec.Type) { Caption = 'Type'; }
                field(no; Rec."No.") { Caption = 'No.'; }
                field(workCenterNo; Rec."Work Center No.") { Caption = 'Work Center No.'; }
                field(description; Rec.Description) { Caption = 'Description'; }
                field(setupTime; Rec."Setup Time") { Caption = 'Setup Time'; }
                field(setupTimeUnit; Rec."Setup Time Unit of Meas. Code") { Caption = 'Setup Time Unit of Meas. Code'; }
                field(runTime; Rec."Run Time") { Caption = 'Run Time'; }
                field(runTimeUnit; Rec."Run Time Unit of Meas. Code") { Caption = 'Run Time Unit of Meas. Code'; }
                field(lotSize; Rec."Lot Size") { Caption = 'Lot Size'; }
                field(concurrentCapacities; Rec."Concurrent Capacities") { Caption = 'Concurrent Capacities'; }
                field(startingDateTime; Rec."Starting Date-Time") { Caption = 'Starting Date-Time'; }
                field(endingDateTime; Rec."Ending Date-Time") { Caption = 'Ending Date-Time'; }
                field(routingLinkCode; Rec."Routing Link Code") { Caption = 'Routing Link Code'; }
                field(routingStatus; Rec."Routing Status") { Caption = 'Routing Status'; }
                field(flushingMethod; Rec."Flushing Method") { Caption = 'Flushing Method'; }
                field(systemModifiedAt; Rec.SystemModifiedAt) { Caption = 'System Modified At'; }
            }
        }
    }
}
