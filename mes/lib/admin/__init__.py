"""What all admin pages share: who may see them, files in and out, and the audit history."""
