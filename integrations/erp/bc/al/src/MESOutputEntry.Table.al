/// One report of the MES. Its identity is the primary key: the same report a second time can't be inserted.
table 50100 "MES Output Entry"
{
    Caption = 'MES Output Entry';
    DataClassification = CustomerContent;

    fields
    {
        field(1; "External Id"; Guid) { Caption = 'External Id'; NotBlank = true; }
        field(2; "Order No."; Code[20]) { Caption = 'Order No.'; }
        field(3; "Order Line No."; Integer) { Caption = 'Order Line No.'; }
        field(4; "Operation No."; Code[10]) { Caption = 'Operation No.'; }
        field(5; "Posting Date"; Date) { Caption = 'Posting Date'; }
        field(6; "Output Quantity"; Decimal) { Caption = 'Output Quantity'; DecimalPlaces = 0 : 5; }
        field(7; "Scrap Quantity"; Decimal) { Caption = 'Scrap Quantity'; DecimalPlaces = 0 : 5; }
        field(8; "Scrap Code"; Code[10]) { Caption = 'Scrap Code'; TableRelation = Scrap; }
        field(9; "Setup Time"; Decimal) { Caption = 'Setup Time'; DecimalPlaces = 0 : 5; }
        field(10; "Run Time"; Decimal) { Caption = 'Run Time'; DecimalPlaces = 0 : 5; }
        field(11; "Stop Time"; Decimal) { Caption = 'Stop Time'; DecimalPlaces = 0 : 5; }
        field(12; "Stop Code"; Code[10]) { Caption = 'Stop Code'; TableRelation = Stop; }
        field(13; "Cap. Unit of Measure Code"; Code[10])
        {
            Caption = 'Cap. Unit of Measure Code';
            TableRelation = "Capacity Unit of Measure";
        }
        field(14; Finished; Boolean) { Caption = 'Finished'; }
        field(15; Description; Text[100]) { Caption = 'Description'; }
        field(16; "Applies-to External Id"; Guid) { Caption = 'Applies-to External Id'; }
        field(17; Reversed; Boolean) { Caption = 'Reversed'; Editable = false; }
        field(18; "Capacity Ledger Entry No."; Integer) { Caption = 'Capacity Ledger Entry No.'; Editable = false; }
        field(19; "Item Ledger Entry No."; Integer) { Caption = 'Item Ledger Entry No.'; Editable = false; }
    }

    keys
    {
        key(PK; "External Id") { Clustered = true; }
        key(Order; "Order No.", "Order Line No.", "Operation No.") { }
    }
}
