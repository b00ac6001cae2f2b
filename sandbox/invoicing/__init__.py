"""Pipedrive's invoicing extension: the native tab that is drawn by calling the app."""
