/// Posts one report to the output journal. Runs inside the transaction of the API call: if anything is refused,
/// neither the report nor a ledger entry remains.
codeunit 50101 "MES Output Post"
{
    Access = Internal;

    var
        NotReleasedErr: Label 'The production order %1 is not released.', Comment = '%1 = order number';
        NegativeErr: Label 'A negative amount is posted only with the report that it takes back.';
        PositiveErr: Label 'A report that takes another one back has negative amounts only.';
        NothingToReverseErr: Label 'There is no report %1 that could be taken back.', Comment = '%1 = identity';
        ReversedErr: Label 'The report %1 was taken back before.', Comment = '%1 = identity';
        FinishedErr: Label 'The operation %1 of order %2 is finished.', Comment = '%1 = operation, %2 = order number';

    procedure Post(var Entry: Record "MES Output Entry")
    var
        ProdOrderLine: Record "Prod. Order Line";
        Original: Record "MES Output Entry";
        ItemJournalLine: Record "Item Journal Line";
        ItemJnlPostLine: Codeunit "Item Jnl.-Post Line";
    begin
        if not ProdOrderLine.Get(ProdOrderLine.Status::Released, Entry."Order No.", Entry."Order Line No.") then
            Error(NotReleasedErr, Entry."Order No.");
        if IsNullGuid(Entry."Applies-to External Id") then
            CheckReport(Entry, ProdOrderLine)
        else
            TakeBack(Entry, Original, ProdOrderLine);

        Fill(ItemJournalLine, Entry, Original, ProdOrderLine);
        ItemJnlPostLine.RunWithCheck(ItemJournalLine);
        NoteLedgerEntries(Entry);
    end;

    local procedure CheckReport(Entry: Record "MES Output Entry"; ProdOrderLine: Record "Prod. Order Line")
    var
        RoutingLine: Record "Prod. Order Routing Line";
    begin
        if (Entry."Output Quantity" < 0) or (Entry."Scrap Quantity" < 0) or (Entry."Setup Time" < 0) or
           (Entry."Run Time" < 0) or (Entry."Stop Time" < 0)
        then
            Error(NegativeErr);
        FindOperation(RoutingLine, ProdOrderLine, Entry."Operation No.");
        if RoutingLine."Routing Status" = RoutingLine."Routing Status"::Finished then
            Error(FinishedErr, Entry."Operation No.", Entry."Order No.");
    end;

    local procedure TakeBack(Entry: Record "MES Output Entry"; var Original: Record "MES Output Entry"; ProdOrderLine: Record "Prod. Order Line")
    var
        RoutingLine: Record "Prod. Order Routing Line";
    begin
        if (Entry."Output Quantity" > 0) or (Entry."Scrap Quantity" > 0) or (Entry."Setup Time" > 0) or
           (Entry."Run Time" > 0) or (Entry."Stop Time" > 0)
        then
            Error(PositiveErr);
        Original.LockTable();
        if not Original.Get(Entry."Applies-to External Id") then
            Error(NothingToReverseErr, Entry."Applies-to External Id");
        if Original.Reversed then
            Error(ReversedErr, Entry."Applies-to External Id");
        Original.Reversed := true;
        Original.Modify();
        if not Original.Finished then
            exit;
        FindOperation(RoutingLine, ProdOrderLine, Original."Operation No.");
        // Deliberately without validation: it would refuse to reopen a finished operation.
        RoutingLine."Routing Status" := RoutingLine."Routing Status"::"In Progress";
        RoutingLine.Modify();
    end;

    local procedure FindOperation(var RoutingLine: Record "Prod. Order Routing Line"; ProdOrderLine: Record "Prod. Order Line"; OperationNo: Code[10])
    begin
        RoutingLine.Get(
            ProdOrderLine.Status, ProdOrderLine."Prod. Order No.", ProdOrderLine."Routing Reference No.",
            ProdOrderLine."Routing No.", OperationNo);
    end;

    local procedure Fill(var ItemJournalLine: Record "Item Journal Line"; Entry: Record "MES Output Entry"; Original: Record "MES Output Entry"; ProdOrderLine: Record "Prod. Order Line")
    begin
        ItemJournalLine.Init();
        ItemJournalLine.Validate("Posting Date", Entry."Posting Date");
        ItemJournalLine.Validate("Entry Type", ItemJournalLine."Entry Type"::Output);
        ItemJournalLine.Validate("Order Type", ItemJournalLine."Order Type"::Production);
        ItemJournalLine.Validate("Order No.", Entry."Order No.");
        ItemJournalLine.Validate("Order Line No.", Entry."Order Line No.");
        ItemJournalLine.Validate("Item No.", ProdOrderLine."Item No.");
        ItemJournalLine.Validate("Variant Code", ProdOrderLine."Variant Code");
        ItemJournalLine.Validate("Location Code", ProdOrderLine."Location Code");
        if ProdOrderLine."Bin Code" <> '' then
            ItemJournalLine.Validate("Bin Code", ProdOrderLine."Bin Code");
        ItemJournalLine.Validate("Routing No.", ProdOrderLine."Routing No.");
        ItemJournalLine.Validate("Routing Reference No.", ProdOrderLine."Routing Reference No.");
        ItemJournalLine.Validate("Operation No.", Entry."Operation No.");
        ItemJournalLine.Validate("Unit of Measure Code", ProdOrderLine."Unit of Measure Code");
        ItemJournalLine."Document No." := Entry."Order No.";
        ItemJournalLine."External Document No." := Identity(Entry);
        if Entry.Description <> '' then
            ItemJournalLine.Description := Entry.Description;
        ItemJournalLine.Validate("Cap. Unit of Measure Code", Entry."Cap. Unit of Measure Code");
        ItemJournalLine.Validate("Setup Time", Entry."Setup Time");
        ItemJournalLine.Validate("Run Time", Entry."Run Time");
        if Entry."Stop Code" <> '' then
            ItemJournalLine.Validate("Stop Code", Entry."Stop Code");
        ItemJournalLine.Validate("Stop Time", Entry."Stop Time");
        ItemJournalLine.Validate("Output Quantity", Entry."Output Quantity");
        if Entry."Scrap Code" <> '' then
            ItemJournalLine.Validate("Scrap Code", Entry."Scrap Code");
        ItemJournalLine.Validate("Scrap Quantity", Entry."Scrap Quantity");
        ItemJournalLine.Finished := Entry.Finished;
        if Original."Item Ledger Entry No." <> 0 then
            ItemJournalLine.Validate("Applies-to Entry", Original."Item Ledger Entry No.");
    end;

    local procedure NoteLedgerEntries(var Entry: Record "MES Output Entry")
    var
        CapacityLedgerEntry: Record "Capacity Ledger Entry";
        ItemLedgerEntry: Record "Item Ledger Entry";
    begin
        CapacityLedgerEntry.SetRange("Order Type", CapacityLedgerEntry."Order Type"::Production);
        CapacityLedgerEntry.SetRange("Order No.", Entry."Order No.");
        CapacityLedgerEntry.SetRange("External Document No.", Identity(Entry));
        if CapacityLedgerEntry.FindLast() then
            Entry."Capacity Ledger Entry No." := CapacityLedgerEntry."Entry No.";
        ItemLedgerEntry.SetRange("Order Type", ItemLedgerEntry."Order Type"::Production);
        ItemLedgerEntry.SetRange("Order No.", Entry."Order No.");
        ItemLedgerEntry.SetRange("Entry Type", ItemLedgerEntry."Entry Type"::Output);
        ItemLedgerEntry.SetRange("External Document No.", Identity(Entry));
        if ItemLedgerEntry.FindLast() then
            Entry."Item Ledger Entry No." := ItemLedgerEntry."Entry No.";
    end;

    local procedure Identity(Entry: Record "MES Output Entry"): Code[35]
    begin
        exit(CopyStr(DelChr(Format(Entry."External Id"), '=', '{}-'), 1, 35));
    end;
}
