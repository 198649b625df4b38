"""What a column probably means: only its name tells."""

from integrations.signals.names import role_of_name

role_of_column = role_of_name
