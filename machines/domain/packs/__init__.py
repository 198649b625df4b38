"""Raw samples of days that are over, packed: one row for each machine, hour and epoch.

``columns`` and ``pack`` know no database; ``write`` packs a day and has its typed rows dropped; ``read``
gives samples back as they came.
"""
